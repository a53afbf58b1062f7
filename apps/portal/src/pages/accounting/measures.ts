import type { UseMeasures } from "@sluice/api";
import { amount, duration, money, number, percent } from "../../frame/format.ts";

/** Something that a chart can show. */
export interface Measure {
  readonly of: (row: UseMeasures) => number | undefined;
  /** Can be added up, and stacked. */
  readonly isSum: boolean;
  readonly shown: (value: number) => string;
}

export const MEASURES = {
  cpu: { of: ({ cpuSeconds }) => cpuSeconds / 3600, isSum: true, shown: amount },
  gpu: { of: ({ gpuSeconds }) => gpuSeconds / 3600, isSum: true, shown: amount },
  memory: { of: ({ memoryGibSeconds }) => memoryGibSeconds / 3600, isSum: true, shown: amount },
  node: { of: ({ nodeSeconds }) => nodeSeconds / 3600, isSum: true, shown: amount },
  jobs: { of: ({ jobs }) => jobs, isSum: true, shown: (value) => number(value) },
  cost: { of: ({ cost }) => cost, isSum: true, shown: money },
  cpuEfficiency: { of: ({ cpuEfficiency }) => cpuEfficiency, isSum: false, shown: percent },
  memoryEfficiency: {
    of: ({ memoryEfficiency }) => memoryEfficiency,
    isSum: false,
    shown: percent,
  },
  wait: { of: ({ medianWaitSeconds }) => medianWaitSeconds, isSum: false, shown: duration },
} as const satisfies Readonly<Record<string, Measure>>;

export type MeasureName = keyof typeof MEASURES;

export function isMeasure(text: string): text is MeasureName {
  return Object.hasOwn(MEASURES, text);
}
