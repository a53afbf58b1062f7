const UNITS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/**
 * Seconds of `90m`, `12h`, `3d`, or of Slurm's forms: minutes, minutes:seconds,
 * hours:minutes:seconds, days-hours, days-hours:minutes, days-hours:minutes:seconds.
 */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([smhdw])$/.exec(text) ?? [];
  if (amount !== undefined) return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
  const [all, days, rest = ""] = /^(?:(\d{1,6})-)?(\d{1,6}(?::\d{1,2}){0,2})$/.exec(text) ?? [];
  if (all === undefined) return undefined;
  const parts = rest.split(":").map(Number);
  const [first = 0, second = 0, third = 0] = parts;
  if (days !== undefined) return Number(days) * 86_400 + first * 3600 + second * 60 + third;
  if (parts.length === 3) return first * 3600 + second * 60 + third;
  return first * 60 + second;
}

/** `1-02:30:00`, as Slurm takes it. */
export function slurmDuration(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const rest = seconds % 86_400;
  const time = `${two(rest / 3600)}:${two((rest % 3600) / 60)}:${two(rest % 60)}`;
  return days > 0 ? `${days}-${time}` : time;
}

const MIB = { K: 1 / 1024, M: 1, G: 1024, T: 1024 * 1024 } as const;

/** MiB of `500`, `500M`, `4G`, `1.5T`, `4GB`, `4GiB`; at least 1. */
export function parseMemory(text: string): number | undefined {
  const [, amount, unit = "M"] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([KMGT])?(?:i?B)?$/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const mib = Number(amount) * MIB[unit.toUpperCase() as keyof typeof MIB];
  return mib > 0 ? Math.max(1, Math.ceil(mib)) : undefined;
}
