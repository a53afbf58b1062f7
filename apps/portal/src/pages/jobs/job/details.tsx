import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { JobDetail } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { bytes, dateTime, duration } from "../../../frame/format.ts";
import { stateWords } from "../../../frame/job-state.tsx";
import { timesOf } from "./about.tsx";

/** Everything that Slurm says of a job. */
export function Details({ job }: { readonly job: JobDetail }) {
  const said = text.jobs.details;
  const { facts, steps } = job;
  const own: readonly (readonly [string, string])[] = [
    [said.id, `${job.id}`],
    ...timesOf(job),
    [said.exitCode, job.isFinished ? job.exitCode : "–"],
    [said.restarts, `${job.restarts}`],
    [said.tres, job.tres || "–"],
    [said.output, job.standardOutput ?? "–"],
    [said.errors, job.standardError ?? "–"],
    ...(job.submissionTag === undefined ? [] : [[said.tag, job.submissionTag] as const]),
  ];
  const others = Object.entries(facts).toSorted(([a], [b]) => a.localeCompare(b));
  return (
    <SpaceBetween size="l">
      {steps.length > 0 && (
        <section className="scrolls">
          <h2 className="details-title">{said.steps}</h2>
          <table className="facts">
            <thead>
              <tr>
                {[said.step, said.name, said.state, said.began, said.took].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                {[said.tasks, said.cpuTime, said.memory].map((name) => (
                  <th key={name} scope="col" className="right">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {steps.map((step) => (
                <tr key={step.id}>
                  <th scope="row">{step.id}</th>
                  <td>{step.name}</td>
                  <td>{stateWords(step.state)}</td>
                  <td className="numbers">{dateTime(step.startTime)}</td>
                  <td className="numbers">{took(step)}</td>
                  <td className="numbers right">{step.tasks ?? "–"}</td>
                  <td className="numbers right">{duration(step.cpuSecondsUsed)}</td>
                  <td className="numbers right">
                    {bytes(
                      step.maxMemoryMib === undefined ? undefined : step.maxMemoryMib * 1024 ** 2,
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <ExpandableSection headerText={said.own} defaultExpanded>
        <Facts facts={own} />
      </ExpandableSection>
      {others.length > 0 && (
        <ExpandableSection headerText={said.facts(others.length)}>
          <Facts facts={others} />
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [string, string])[] }) {
  return (
    <table className="facts">
      <tbody>
        {facts.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function took({ startTime, endTime }: JobDetail["steps"][number]): string {
  if (startTime === undefined || endTime === undefined) return "–";
  return duration((Date.parse(endTime) - Date.parse(startTime)) / 1000);
}
