import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { JobTimeline, JobTimelineStep } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { dateTime, duration, sentence } from "../../../frame/format.ts";
import { stateWords } from "../../../frame/job-state.tsx";
import { useNow } from "../../../frame/when.tsx";
import { phasesOf, secondsOf } from "./phases.ts";

/** What happened to a job and what will, as a line from the top to now. */
export function Timeline({ timeline }: { readonly timeline: JobTimeline }) {
  const said = text.jobs.timeline;
  const { steps, next, incomplete } = timeline;
  const isOver = steps.at(-1)?.kind === "ended";
  const now = useNow(isOver ? 60_000 : 1_000);
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <Strip steps={steps} now={now} />
      <ol className="steps">
        {steps.map((step, index) => (
          <Step
            // biome-ignore lint/suspicious/noArrayIndexKey: steps are only added at the end
            key={index}
            step={step}
            now={now}
            isLast={index === steps.length - 1 && !isOver}
          />
        ))}
        {next.map(({ time, what }) => (
          <li key={what} className="step" data-kind="next">
            <div className="step-time">{time === null ? said.later : dateTime(time)}</div>
            <div className="step-what">
              <strong>{said.next}</strong>
              <div>{sentence(what)}</div>
            </div>
          </li>
        ))}
      </ol>
      {incomplete !== undefined && (
        <StatusIndicator type="warning">{said.incomplete(incomplete)}</StatusIndicator>
      )}
    </Container>
  );
}

function Strip({
  steps,
  now,
}: {
  readonly steps: readonly JobTimelineStep[];
  readonly now: number;
}) {
  const said = text.jobs.timeline.phases;
  const phases = phasesOf(steps, now);
  const all = phases.reduce((sum, { seconds }) => sum + seconds, 0);
  if (all === 0) return null;
  return (
    <>
      <div className="strip" aria-hidden="true">
        {phases.map(({ kind, seconds, isOpen }, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: phases are only added at the end
            key={index}
            className="strip-part"
            data-kind={kind}
            data-open={isOpen}
            style={{ flexGrow: Math.max(seconds / all, 0.02) }}
          />
        ))}
      </div>
      <ul className="strip-key">
        {phases.map(({ kind, seconds, isOpen }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <li key={index} data-kind={kind} className="numbers">
            {isOpen ? said.going[kind] : said.over[kind]} {duration(seconds)}
          </li>
        ))}
      </ul>
    </>
  );
}

function Step({
  step,
  now,
  isLast,
}: {
  readonly step: JobTimelineStep;
  readonly now: number;
  readonly isLast: boolean;
}) {
  const said = text.jobs.timeline;
  const seconds = secondsOf(step, now);
  const title = step.kind === "ended" ? said.ended(stateWords(step.state)) : said.kinds[step.kind];
  const kind = step.kind === "ended" && step.state !== "COMPLETED" ? "failed" : step.kind;
  return (
    <li className="step" data-kind={kind} data-open={isLast} aria-current={isLast || undefined}>
      <div className="step-time">
        <time dateTime={step.time}>{dateTime(step.time)}</time>
        {seconds !== undefined && seconds >= 1 && (
          <div className="step-for numbers">
            {step.until === undefined && isLast ? said.since(duration(seconds)) : duration(seconds)}
          </div>
        )}
      </div>
      <div className="step-what">
        <strong>{title}</strong>
        <div>{step.text}</div>
        <More step={step} />
      </div>
    </li>
  );
}

function More({ step }: { readonly step: JobTimelineStep }) {
  const said = text.jobs.timeline;
  if (step.kind === "waiting" && step.details.length > 0) {
    return (
      <ul className="step-details">
        {step.details.map((line) => (
          <li key={line}>{sentence(line)}</li>
        ))}
      </ul>
    );
  }
  if (step.kind === "machines" && step.tried.length > 0) {
    return (
      <table className="step-table">
        <caption className="visually-hidden">{said.tried}</caption>
        <tbody>
          {step.tried.map(({ outcome, text: told, until, nodes, ...offering }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they are only added at the end
            <tr key={index}>
              <td className="step-outcome">
                <StatusIndicator type={outcome === "accepted" ? "success" : "warning"}>
                  {said.outcomes[outcome]}
                </StatusIndicator>
              </td>
              <th scope="row">{offeringWords(offering)}</th>
              <td>
                {outcome === "accepted" ? said.nodes(nodes.length) : told}
                {until !== undefined && ` ${said.notBefore(dateTime(until))}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    );
  }
  if (step.kind === "booting") {
    return (
      <details>
        <summary>{said.machines(step.nodes.length)}</summary>
        <table className="step-table">
          <thead>
            <tr>
              <th scope="col">{said.node}</th>
              <th scope="col">{said.machine}</th>
              <th scope="col">{said.asked}</th>
              <th scope="col">{said.joined}</th>
              <th scope="col">{said.ready}</th>
            </tr>
          </thead>
          <tbody>
            {step.nodes.map(({ name, launchedAt, joinedAt, registeredAt, ...offering }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{offeringWords(offering)}</td>
                <td className="numbers">{dateTime(launchedAt)}</td>
                <td className="numbers">{after(launchedAt, joinedAt)}</td>
                <td className="numbers">{after(launchedAt, registeredAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    );
  }
  if (step.kind === "running" && step.nodes.length > 1) {
    return (
      <details>
        <summary>{said.nodes(step.nodes.length)}</summary>
        {step.nodes.join(", ")}
      </details>
    );
  }
  return null;
}

function offeringWords({
  instanceType,
  zone,
  market,
}: {
  readonly instanceType?: string | undefined;
  readonly zone?: string | undefined;
  readonly market?: string | undefined;
}): string {
  const words = [instanceType, zone, market].filter((word) => word !== undefined);
  return words.length === 0 ? text.frame.unknown : words.join(" · ");
}

function after(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return "–";
  return text.jobs.timeline.after(duration((Date.parse(to) - Date.parse(from)) / 1000));
}
