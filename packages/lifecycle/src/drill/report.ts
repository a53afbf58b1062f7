import type { DrillResult } from "./contract.ts";

export interface DrillReport {
  readonly siteName: string;
  readonly seed: number;
  readonly jobs: number;
  /** Of the host when it began; it says how much the times are worth. */
  readonly loadAverage: number;
  readonly drills: readonly DrillResult[];
  readonly isWell: boolean;
}

/** Columns of the table, of which each row has one word. */
export const REPORT_COLUMNS = [
  ...["DRILL", "SCHEDULING", "PORTAL", "FULL", "JOBS", "LOST", "DOUBLED", "AGAIN", "RESULT"],
] as const;

/** One row of the table that people see. */
export function reportRow(result: DrillResult): readonly string[] {
  const { name, times, load, problems } = result;
  return [
    name,
    seconds(times.scheduling),
    seconds(times.portal),
    seconds(times.full),
    `${load.completed}/${load.acknowledged}`,
    String(new Set([...load.lost, ...load.missing]).size),
    String(load.doubled.length),
    String(load.requeued),
    problems.length === 0 ? "well" : "NOT WELL",
  ];
}

/** For a file that people read. */
export function reportMarkdown(report: DrillReport): string {
  const { siteName, seed, jobs, loadAverage, drills } = report;
  const row = (words: readonly string[]): string => `| ${words.join(" | ")} |`;
  const table = [
    row(REPORT_COLUMNS.map((word) => word.toLowerCase())),
    row(REPORT_COLUMNS.map(() => "---")),
    ...drills.map((result) => row(reportRow(result))),
  ];
  return [
    `# Drills of site ${siteName}`,
    "",
    `${jobs} jobs for each, seed ${seed}, load of the host ${loadAverage.toFixed(1)} at the beginning.`,
    "",
    ...table,
    "",
    ...drills.flatMap(section),
  ].join("\n");
}

function section(result: DrillResult): readonly string[] {
  const { name, what, times, target, load, timeline, problems } = result;
  return [
    `## ${name}`,
    "",
    `${what[0]?.toUpperCase()}${what.slice(1)}. Begun at ${result.startedAt}.`,
    "",
    `- Scheduling again after ${seconds(times.scheduling)} (at most ${target.scheduling} s).`,
    `- Portal and API after ${seconds(times.portal)} (at most ${target.portal} s).`,
    `- It failed for ${seconds(times.portalAgain)} more while parts came back.`,
    `- Undone after ${seconds(times.undone)}; every part there ${seconds(times.full)} later (at most ${target.full} s).`,
    `- ${load.submitted} jobs submitted, ${load.acknowledged} acknowledged, ${load.completed} ran to their end; ${load.lost.length} lost, ${load.missing.length} missing, ${load.unaccounted.length} unknown to accounting, ${load.doubled.length} doubled, ${load.requeued} begun again, ${load.repeated.length} ran to their end more than once.`,
    `- Two controllers at work for ${seconds(result.twoControllers)}; ${result.events} events streamed.`,
    ...problems.map((problem) => `- **Not well:** ${problem}.`),
    "",
    ...timeline.map(({ at, what: happened }) => `    ${at.toFixed(1).padStart(7)} s  ${happened}`),
    "",
  ];
}

function seconds(time: number | undefined): string {
  return time === undefined ? "never" : `${time.toFixed(1)} s`;
}
