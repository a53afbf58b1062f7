/** `2030-12-31 23:59:59` of a time of ISO 8601, which is in UTC. */
export function shownTime(time: string): string {
  return time.slice(0, 19).replace("T", " ");
}

/** The same without seconds, for what is looked at days later. */
export function shownMinute(time: string): string {
  return shownTime(time).slice(0, 16);
}
