import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import type { UseMeasures } from "@sluice/api";
import type { ReactNode } from "react";
import { text } from "../../catalogue/index.ts";
import { duration, money, number, percent } from "../../frame/format.ts";
import { MEASURES } from "./measures.ts";
import "./accounting.css";

/** The sums of all that is shown. */
export function Totals({ totals }: { readonly totals: UseMeasures }) {
  const said = text.accounting.totals;
  const { cpuSeconds, gpuSeconds, jobs, running, cost, unpricedNodeSeconds } = totals;
  const { cpuEfficiency, memoryEfficiency, medianWaitSeconds, p90WaitSeconds } = totals;
  return (
    <Container>
      <div className="use-totals">
        <Value
          label={said.cpu}
          value={MEASURES.cpu.shown(cpuSeconds / 3600)}
          more={gpuSeconds > 0 && `${MEASURES.gpu.shown(gpuSeconds / 3600)} ${said.gpu}`}
        />
        <Value
          label={said.jobs}
          value={number(jobs)}
          more={running > 0 && said.running(number(running))}
        />
        <Value
          label={said.cpuEfficiency}
          value={percent(cpuEfficiency)}
          more={memoryEfficiency !== undefined && said.memoryEfficiency(percent(memoryEfficiency))}
        />
        <Value
          label={said.wait}
          value={duration(medianWaitSeconds)}
          more={p90WaitSeconds !== undefined && said.longest(duration(p90WaitSeconds))}
        />
        <Value
          label={said.cost}
          value={money(cost)}
          more={unpricedNodeSeconds > 0 && said.partly}
        />
      </div>
    </Container>
  );
}

function Value({
  label,
  value,
  more,
}: {
  readonly label: string;
  readonly value: string;
  readonly more?: ReactNode;
}) {
  return (
    <div className="numbers">
      <Box variant="awsui-key-label">{label}</Box>
      <Box fontSize="heading-l" fontWeight="bold">
        {value}
      </Box>
      <Box color="text-body-secondary" fontSize="body-s">
        {more || "\u00a0"}
      </Box>
    </div>
  );
}
