import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { JobDetail } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { bytes, duration, number, percent } from "../../../frame/format.ts";
import { useNow } from "../../../frame/when.tsx";

const MIB = 1024 ** 2;

/** What a job asked for, how much of it it used, and what to ask for the next time. */
export function Resources({ job }: { readonly job: JobDetail }) {
  const said = text.jobs.resources;
  const { cpus, nodeCount, memoryMib, timeLimitSeconds, efficiency, tres } = job;
  const gpus = /gres\/gpu=(\d+)/.exec(tres)?.[1];
  const advice = efficiency?.advice ?? [];
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={2}
          items={[
            { label: said.cpus, value: number(cpus) },
            { label: said.nodes, value: number(nodeCount) },
            {
              label: said.memory,
              value: memoryMib === undefined ? said.default : bytes(memoryMib * MIB),
            },
            {
              label: said.time,
              value: timeLimitSeconds === undefined ? said.unlimited : duration(timeLimitSeconds),
            },
            ...(gpus === undefined ? [] : [{ label: said.gpus, value: number(Number(gpus)) }]),
          ]}
        />
        <Bars job={job} />
        {advice.length > 0 && (
          <div>
            <Box variant="awsui-key-label">{said.advice}</Box>
            <ul className="advice">
              {advice.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </div>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Bars({ job }: { readonly job: JobDetail }) {
  const said = text.jobs.resources;
  const { efficiency, state, startTime, timeLimitSeconds } = job;
  const isRunning = state === "RUNNING" && startTime !== undefined;
  const now = useNow(isRunning ? 1_000 : 60_000);
  const ran = isRunning ? (now - Date.parse(startTime)) / 1000 : efficiency?.time?.used;
  const limit = isRunning ? timeLimitSeconds : efficiency?.time?.of;
  const { cpu, memory } = efficiency ?? {};
  const hasTime = ran !== undefined && limit !== undefined;
  if (cpu === undefined && memory === undefined && !hasTime) {
    return <Box color="text-body-secondary">{said.notYet}</Box>;
  }
  return (
    <div className="meters">
      {cpu !== undefined && (
        <Meter
          name={said.cpuUsed}
          share={cpu.used / cpu.of}
          words={said.of(duration(cpu.used), duration(cpu.of))}
        />
      )}
      {memory !== undefined && (
        <Meter
          name={said.memoryUsed}
          share={memory.used / memory.of}
          words={said.of(bytes(memory.used * MIB), bytes(memory.of * MIB))}
        />
      )}
      {hasTime && (
        <Meter
          name={said.timeUsed}
          share={ran / limit}
          words={said.of(duration(ran), duration(limit))}
        />
      )}
    </div>
  );
}

function Meter({
  name,
  share,
  words,
}: {
  readonly name: string;
  readonly share: number;
  readonly words: string;
}) {
  const full = Math.round(Math.max(0, Math.min(1, share)) * 100);
  return (
    <div className="meter">
      <div className="meter-name">{name}</div>
      <div className="meter-share numbers">{percent(share)}</div>
      <div className="meter-bar" aria-hidden="true">
        <div style={{ inlineSize: `${full}%` }} />
      </div>
      <div className="meter-words numbers">{words}</div>
    </div>
  );
}
