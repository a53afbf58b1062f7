/** `12:00:20 UTC`, with the date when it is another day than `now`. */
export function clockTime(date: Date, now: Date): string {
  const [day, time] = [date.toISOString().slice(0, 10), date.toISOString().slice(11, 19)];
  return day === now.toISOString().slice(0, 10) ? `${time} UTC` : `${day} ${time} UTC`;
}

/** `20 s`, `5 min`, `3 h`, `2 days`: as people say how long something took. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.round(whole / 60)} min`;
  if (whole < 172_800) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86_400)} days`;
}

export function ago(date: Date, now: Date): string {
  return `${span((now.getTime() - date.getTime()) / 1000)} ago`;
}

export function count(amount: number, one: string, more = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : more}`;
}

/** The first few of many names. */
export function some(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  const shown = names.slice(0, most).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
