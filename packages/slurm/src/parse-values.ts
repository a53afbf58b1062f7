/** Values as Slurm's commands write them. */

/** Empty for what Slurm has no value for. */
export function textOf(value: string | undefined): string {
  const isNone = value === "(null)" || value === "N/A" || value === "None assigned";
  return value === undefined || isNone ? "" : value;
}

/** Of `1-02:03:04`, `02:03:04`, `03:04`, each also with fractions; undefined for words. */
export function secondsOf(value: string | undefined): number | undefined {
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(value ?? "");
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

const MIB: Readonly<Record<string, number>> = {
  "": 1 / (1 << 20),
  K: 1 / 1024,
  M: 1,
  G: 1024,
  T: 1024 ** 2,
  P: 1024 ** 3,
};

/** Of `mem` in a TRES string, in MiB; undefined when it has none. */
export function memoryIn(tres: string | undefined): number | undefined {
  const match = /(?:^|,)mem=(\d+(?:\.\d+)?)([KMGTP]?)/.exec(tres ?? "");
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (MIB[match[2] ?? ""] ?? 1));
}

/**
 * Cuts what a command prints into rows, piece by piece. Every value ends with `mark`, so that it may
 * hold anything else, line breaks too; the break between two rows is not part of them.
 */
export function rowCutter(
  mark: string,
  columns: number,
): (text: string) => readonly (readonly string[])[] {
  let rest = "";
  let values: string[] = [];
  return (text) => {
    const parts = (rest + text).split(mark);
    rest = parts.pop() ?? "";
    const rows: (readonly string[])[] = [];
    for (const part of parts) {
      values.push(values.length === 0 ? part.replace(/^\n/, "") : part);
      if (values.length < columns) continue;
      rows.push(values);
      values = [];
    }
    return rows;
  };
}
