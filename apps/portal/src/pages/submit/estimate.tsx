import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { JobEstimate } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { duration, money, sentence } from "../../frame/format.ts";
import { errorSentences } from "../../frame/states.tsx";
import { useNow } from "../../frame/when.tsx";
import type { Check } from "./use-check.ts";

/** When a job would start, on what, and what it would cost. */
export function Estimate({
  estimate,
  isReady,
}: {
  readonly estimate: Check["estimate"];
  readonly isReady: boolean;
}) {
  const now = useNow(30_000);
  const said = text.submit.panel;
  const { data, error } = estimate;
  if (!isReady) return <Box color="text-status-inactive">{said.estimateWait}</Box>;
  if (data === undefined) {
    return error === null ? (
      <StatusIndicator type="loading">{said.estimate}</StatusIndicator>
    ) : (
      <Box color="text-status-inactive">
        <Lines lines={[said.unknown, ...errorSentences(error).slice(0, 1)]} />
      </Box>
    );
  }
  if (!data.accepted) {
    return (
      <div role="status">
        <StatusIndicator type="warning">{said.refused}</StatusIndicator>
        {data.problem !== undefined && <p>{sentence(data.problem)}</p>}
      </div>
    );
  }
  return (
    <KeyValuePairs
      columns={1}
      items={[
        { label: said.start, value: <Lines lines={startLines(data, now)} /> },
        { label: said.place, value: <Lines lines={placeLines(data)} /> },
        {
          label: said.limit,
          value:
            data.timeLimitSeconds === undefined ? said.noLimit : duration(data.timeLimitSeconds),
        },
        { label: said.cost, value: <Lines lines={costLines(data)} /> },
      ]}
    />
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  const [first, ...more] = lines;
  return (
    <>
      {first}
      {more.map((line) => (
        <Box key={line} color="text-body-secondary" fontSize="body-s">
          {line}
        </Box>
      ))}
    </>
  );
}

/** Seconds within which a start is one at once. */
const AT_ONCE = 5;

function startLines(estimate: JobEstimate, now: number): readonly string[] {
  const said = text.submit.panel;
  const { startTime, nodesToBoot, bootSeconds, typicalWaitSeconds } = estimate;
  const wait = startTime === undefined ? undefined : (Date.parse(startTime) - now) / 1000;
  const boot = bootSeconds === undefined ? undefined : duration(bootSeconds);
  const first =
    wait === undefined
      ? text.frame.unknown
      : wait <= AT_ONCE
        ? said.now
        : said.in(said.about(duration(wait)));
  return [
    first,
    ...(nodesToBoot > 0 ? [said.boot(nodesToBoot, boot)] : []),
    ...(typicalWaitSeconds === undefined ? [] : [said.typical(duration(typicalWaitSeconds))]),
  ];
}

function placeLines({ partition, nodes, cpus }: JobEstimate): readonly string[] {
  const said = text.submit.panel;
  const size = [
    ...(nodes.length === 0 ? [] : [said.nodes(nodes.length)]),
    ...(cpus === undefined ? [] : [said.processors(cpus)]),
  ].join(", ");
  return [partition ?? text.frame.unknown, ...(size === "" ? [] : [size])];
}

function costLines({ cost }: JobEstimate): readonly string[] {
  const said = text.submit.panel;
  if (cost.usdPerHour === 0 && cost.unpriced === 0) return [said.free];
  const sum = (dollars: number): string =>
    cost.approximate ? `${said.approximate} ${money(dollars)}` : money(dollars);
  return [
    said.perHour(sum(cost.usdPerHour)),
    ...(cost.usdAtTimeLimit === undefined ? [] : [said.most(sum(cost.usdAtTimeLimit))]),
    ...(cost.unpriced > 0 ? [said.unpriced] : []),
  ];
}
