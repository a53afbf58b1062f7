/** A day of UTC: `2026-11-21`. They sort as they follow each other. */
export type Day = string;

export const DAY_MS = 86_400_000;

export function dayOf(time: Date): Day {
  return time.toISOString().slice(0, 10);
}

export function startOfDay(day: Day): Date {
  return new Date(`${day}T00:00:00Z`);
}

/** @param count may be negative. */
export function daysAfter(day: Day, count: number): Day {
  return dayOf(new Date(startOfDay(day).getTime() + count * DAY_MS));
}

/** Both included; none when `to` is before `from`. */
export function daysBetween(from: Day, to: Day): readonly Day[] {
  const days: Day[] = [];
  for (let day = from; day <= to; day = daysAfter(day, 1)) days.push(day);
  return days;
}

/** The Monday of its week. */
export function weekOf(day: Day): Day {
  return daysAfter(day, -((startOfDay(day).getUTCDay() + 6) % 7));
}

/** How many seconds of a time fall on which day. */
export function secondsByDay(from: Date, to: Date): ReadonlyMap<Day, number> {
  const seconds = new Map<Day, number>();
  let start = from.getTime();
  while (start < to.getTime()) {
    const day = dayOf(new Date(start));
    const end = Math.min(to.getTime(), startOfDay(day).getTime() + DAY_MS);
    seconds.set(day, (end - start) / 1000);
    start = end;
  }
  return seconds;
}
