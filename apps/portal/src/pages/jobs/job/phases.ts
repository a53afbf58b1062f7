import type { JobTimelineStep } from "@sluice/api";

export interface Phase {
  readonly kind: "waiting" | "booting" | "running";
  readonly seconds: number;
  /** It goes on. */
  readonly isOpen: boolean;
}

const PHASES = {
  waiting: "waiting",
  machines: "waiting",
  booting: "booting",
  running: "running",
} as const;

/** On what a job's time went, in order: each phase until the next begins. */
export function phasesOf(steps: readonly JobTimelineStep[], now: number): readonly Phase[] {
  const begun = steps.flatMap((step) => {
    if (step.kind === "submitted" || step.kind === "requeued") {
      return [{ kind: "waiting" as const, at: Date.parse(step.time) }];
    }
    if (step.kind === "ended") return [{ kind: undefined, at: Date.parse(step.time) }];
    const kind = PHASES[step.kind];
    const end = step.kind === "running" && step.until !== undefined ? step.until : undefined;
    return [
      { kind, at: Date.parse(step.time) },
      ...(end === undefined ? [] : [{ kind: undefined, at: Date.parse(end) }]),
    ];
  });
  const phases: Phase[] = [];
  begun.forEach(({ kind, at }, index) => {
    if (kind === undefined) return;
    const next = begun[index + 1];
    const seconds = Math.max(0, ((next?.at ?? now) - at) / 1000);
    const last = phases.at(-1);
    const isOpen = next === undefined;
    if (last !== undefined && last.kind === kind) {
      phases[phases.length - 1] = { kind, seconds: last.seconds + seconds, isOpen };
    } else phases.push({ kind, seconds, isOpen });
  });
  return phases.filter(({ seconds, isOpen }) => seconds > 0 || isOpen);
}

/** Seconds of a step, up to now when it goes on; undefined for what takes no time. */
export function secondsOf(step: JobTimelineStep, now: number): number | undefined {
  if (["submitted", "requeued", "ended"].includes(step.kind)) return undefined;
  const end = step.until === undefined ? now : Date.parse(step.until);
  return Math.max(0, (end - Date.parse(step.time)) / 1000);
}
