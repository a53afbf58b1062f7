/** Days are of UTC, `2026-11-21`, as Slurm's use is kept by. */
export const SPANS = ["7d", "30d", "90d", "12m", "month", "last-month", "custom"] as const;
export type SpanName = (typeof SPANS)[number];

export interface Span {
  readonly from: string;
  /** Included. */
  readonly to: string;
}

export type Grain = "day" | "week" | "month";

const DAY = 86_400_000;

export function isSpanName(text: string): text is SpanName {
  return SPANS.some((name) => name === text);
}

export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** The span of a name as it is today; a custom one that is wrong is the usual one. */
export function spanOf(name: SpanName, custom: Span, today: string): Span {
  const [year = 0, month = 1] = today.split("-").map(Number);
  const first = (months: number) => dayOf(new Date(Date.UTC(year, month - 1 + months, 1)));
  switch (name) {
    case "7d":
      return { from: daysBefore(today, 6), to: today };
    case "30d":
      return { from: daysBefore(today, 29), to: today };
    case "90d":
      return { from: daysBefore(today, 89), to: today };
    case "12m":
      return { from: first(-11), to: today };
    case "month":
      return { from: first(0), to: today };
    case "last-month":
      return { from: first(-1), to: daysBefore(first(0), 1) };
    case "custom":
      return isSpan(custom) ? custom : spanOf("30d", custom, today);
    default:
      return name satisfies never;
  }
}

export function isSpan({ from, to }: Span): boolean {
  const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
  return isDay(from) && isDay(to) && from <= to;
}

function daysBefore(day: string, count: number): string {
  return dayOf(new Date(Date.parse(day) - count * DAY));
}

/** So that a chart has a few dozen places at most. */
export function grainOf({ from, to }: Span): Grain {
  const days = (Date.parse(to) - Date.parse(from)) / DAY + 1;
  if (days <= 45) return "day";
  return days <= 250 ? "week" : "month";
}

/** Every place of the axis, also those where nothing was used. */
export function places({ from, to }: Span, grain: Grain): readonly string[] {
  const all: string[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY) {
    const place = placeOf(new Date(time), grain);
    if (all.at(-1) !== place) all.push(place);
  }
  return all;
}

function placeOf(time: Date, grain: Grain): string {
  const day = dayOf(time);
  if (grain === "day") return day;
  if (grain === "month") return day.slice(0, 7);
  return daysBefore(day, (time.getUTCDay() + 6) % 7);
}
