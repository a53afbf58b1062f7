import type { ClusterSnapshot } from "@sluice/lifecycle";
import type { ComputeFleet, JobView, NodeView } from "@sluice/model";
import type { Paint } from "./paint.ts";
import { clipped, harmless, table } from "./table.ts";

export interface TopScreen {
  readonly name: string;
  /** Undefined while the head has never answered. */
  readonly snapshot: ClusterSnapshot | undefined;
  /** Why the snapshot is an old one. */
  readonly trouble?: string | undefined;
  readonly paint: Paint;
  readonly now: Date;
  /** The terminal's; without them everything is shown. */
  readonly columns?: number;
  readonly rows?: number;
}

/** The lines of `sluice top`, no longer and no more than the terminal has. */
export function topScreen(screen: TopScreen): string[] {
  const { snapshot, paint, columns = Infinity, rows = Infinity } = screen;
  const title = titleOf(screen);
  if (snapshot === undefined) return [title];
  const nodes = [...snapshot.nodes].sort((a, b) => asleep(a) - asleep(b));
  const awake = nodes.filter((node) => asleep(node) === 0);
  const free = Math.max(4, rows - 6);
  // The queue is what people watch; it leaves at least a third to the nodes that are up.
  const nodeRows = Math.min(
    awake.length,
    Math.max(Math.ceil(free / 3), free - snapshot.jobs.length),
  );
  const jobs = section("JOBS", jobLines(snapshot.jobs), free - nodeRows, columns, paint);
  const off = nodes.length - awake.length;
  const up = section("NODES", nodeLines(awake), nodeRows, columns, paint);
  const powered = off === 0 ? [] : [paint.dim(clipped(`powered down: ${off}`, columns))];
  return [title, "", ...jobs, "", ...up, ...powered].slice(0, rows);
}

function titleOf({ name, snapshot, trouble, paint, now, columns = Infinity }: TopScreen): string {
  const room = Math.max(0, columns - name.length - 2);
  const title = paint.bold(clipped(name, columns));
  if (trouble !== undefined) return `${title}  ${paint.bad(clipped(trouble, room))}`;
  const time = now.toISOString().slice(11, 19);
  const words =
    snapshot === undefined
      ? [time]
      : [
          `fleet ${snapshot.fleet.status}`,
          countsOf(snapshot.jobs),
          ...moneyOf(snapshot.fleet),
          time,
        ];
  return `${title}  ${coloured(clipped(words.join("  "), room), paint)}`.trimEnd();
}

/** Nothing where nothing has a price. */
function moneyOf({ cost }: ComputeFleet): readonly string[] {
  return cost.usdPerHour === 0 ? [] : [`${cost.usdPerHour.toFixed(2)} USD/h`];
}

function countsOf(jobs: readonly JobView[]): string {
  const running = jobs.filter(({ state }) => state === "RUNNING").length;
  return `${running} running, ${jobs.length - running} waiting`;
}

function asleep({ state }: NodeView): number {
  return /POWERED_DOWN|POWERING_DOWN/.test(state) && !/POWERING_UP/.test(state) ? 1 : 0;
}

function jobLines(jobs: readonly JobView[]): string[] {
  return lines(
    ["JOB", "NAME", "USER", "QUEUE", "STATE", "TIME", "NODES", "ON"],
    jobs.map((job) => [
      job.id,
      job.name,
      job.user,
      job.partition,
      job.state,
      duration(job.elapsed),
      `${job.nodeCount}`,
      job.nodes === "" ? `(${job.reason})` : job.nodes,
    ]),
  );
}

function nodeLines(nodes: readonly NodeView[]): string[] {
  return lines(
    ["NODE", "QUEUE", "STATE", "ADDRESS", "REASON"],
    nodes.map((node) => [node.name, node.queue, node.state, node.address ?? "", node.reason ?? ""]),
  );
}

function lines(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return table(
    headings,
    rows.map((row) => row.map(harmless)),
  )
    .split("\n")
    .filter((line) => line !== "");
}

function section(
  what: string,
  [headings, ...rows]: readonly string[],
  room: number,
  columns: number,
  paint: Paint,
): string[] {
  if (headings === undefined) return [paint.dim(`no ${what.toLowerCase()}`)];
  const fits = rows.length <= room ? rows : rows.slice(0, room - 1);
  const more = rows.length - fits.length;
  return [
    paint.bold(clipped(headings, columns)),
    ...fits.map((row) => coloured(clipped(row, columns), paint)),
    ...(more === 0 ? [] : [paint.dim(`and ${more} more`)]),
  ];
}

/** Colour comes after clipping, which counts characters. State words are the only capital ones. */
function coloured(row: string, paint: Paint): string {
  return row.replace(/\b[A-Z][A-Z_+]{3,}\b/, (word) => paint.state(word));
}

/** As squeue shows it: `1-02:03:04`, `2:03:04`, `3:04`. */
export function duration(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600)];
  const [minutes, rest] = [Math.floor((whole % 3600) / 60), two(whole % 60)];
  if (days > 0) return `${days}-${two(hours)}:${two(minutes)}:${rest}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
