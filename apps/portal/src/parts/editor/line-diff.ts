/** A line of the difference of two texts. Numbers are from 1. */
export type DiffLine =
  | {
      readonly kind: "same";
      readonly before: number;
      readonly after: number;
      readonly text: string;
    }
  | { readonly kind: "removed"; readonly before: number; readonly text: string }
  | { readonly kind: "added"; readonly after: number; readonly text: string };

/** Steps after which what is left counts as wholly changed. */
const MOST_STEPS = 800;

/**
 * The fewest lines to remove and add that make one text of the other; removed ones stand before
 * added ones. By Myers, "An O(ND) difference algorithm and its variations", 1986.
 */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const old = linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (
    tail < Math.min(old.length, now.length) - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail += 1;
  }
  const kept = commonLines(
    old.slice(head, old.length - tail),
    now.slice(head, now.length - tail),
  ).map(([x, y]) => [x + head, y + head] as const);
  const pairs = [
    ...Array.from({ length: head }, (_, index) => [index, index] as const),
    ...kept,
    ...Array.from(
      { length: tail },
      (_, index) => [old.length - tail + index, now.length - tail + index] as const,
    ),
    [old.length, now.length] as const,
  ];
  return told(old, now, pairs);
}

/** A text without any line has none; a line end at the end makes no other line. */
function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

type Pair = readonly [number, number];

interface Marked {
  readonly kind: DiffLine["kind"];
  readonly text: string;
}

function told(
  old: readonly string[],
  now: readonly string[],
  pairs: readonly Pair[],
): readonly DiffLine[] {
  const lines: Marked[] = [];
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of pairs) {
    for (; x < nextX; x += 1) lines.push({ kind: "removed", text: old[x] ?? "" });
    for (; y < nextY; y += 1) lines.push({ kind: "added", text: now[y] ?? "" });
    if (x < old.length && y < now.length) lines.push({ kind: "same", text: old[x] ?? "" });
    x += 1;
    y += 1;
  }
  return numbered(slid(lines));
}

function numbered(lines: readonly Marked[]): readonly DiffLine[] {
  let [before, after] = [0, 0];
  return lines.map(({ kind, text }): DiffLine => {
    if (kind !== "added") before += 1;
    if (kind !== "removed") after += 1;
    switch (kind) {
      case "same":
        return { kind, before, after, text };
      case "removed":
        return { kind, before, text };
      case "added":
        return { kind, after, text };
      default:
        return kind satisfies never;
    }
  });
}

/**
 * Lines that are repeated can be put at several places with the same result. Each run of changed
 * lines is put where it begins with the least indentation: an entry of a list then comes as a whole.
 */
function slid(lines: readonly Marked[]): readonly Marked[] {
  const result = [...lines];
  for (let from = 0; from < result.length; from += 1) {
    const { kind } = result[from] as Marked;
    if (kind === "same") continue;
    let end = from;
    while (result[end]?.kind === kind) end += 1;
    const isAlone =
      (from === 0 || result[from - 1]?.kind === "same") &&
      (end === result.length || result[end]?.kind === "same");
    if (isAlone) end = slide(result, from, end);
    from = end - 1;
  }
  return result;
}

/** @returns where the run ends now. */
function slide(lines: Marked[], from: number, end: number): number {
  const isSame = (index: number, other: number): boolean =>
    lines[index]?.kind === "same" && lines[index]?.text === lines[other]?.text;
  let down = 0;
  while (isSame(end + down, from + down)) down += 1;
  let up = 0;
  while (isSame(from - up - 1, end - up - 1)) up += 1;
  let best = down;
  for (let by = down; by >= -up; by -= 1) {
    if (indentOf(lines[from + by]) < indentOf(lines[from + best])) best = by;
  }
  const { kind } = lines[from] as Marked;
  const [first, last] = [Math.min(from, from + best), Math.max(end, end + best)];
  for (let index = first; index < last; index += 1) {
    const { text } = lines[index] as Marked;
    const isChanged = index >= from + best && index < end + best;
    lines[index] = { kind: isChanged ? kind : "same", text };
  }
  return end + best;
}

function indentOf(line: Marked | undefined): number {
  const text = line?.text ?? "";
  return text.trim() === "" ? Number.POSITIVE_INFINITY : text.length - text.trimStart().length;
}

/** Pairs of indexes of lines that stay, in order. */
function commonLines(old: readonly string[], now: readonly string[]): readonly Pair[] {
  const trace = furthest(old, now);
  if (trace === undefined) return [];
  const pairs: Pair[] = [];
  let [x, y] = [old.length, now.length];
  for (let step = trace.length - 1; step >= 0; step -= 1) {
    const reached = trace[step] as ReadonlyMap<number, number>;
    const k = x - y;
    const isDown = k === -step || (k !== step && at(reached, k - 1) < at(reached, k + 1));
    const fromK = isDown ? k + 1 : k - 1;
    const fromX = step === 0 ? 0 : at(reached, fromK);
    const fromY = step === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      pairs.push([x, y]);
    }
    [x, y] = [fromX, fromY];
  }
  return pairs.reverse();
}

const at = (reached: ReadonlyMap<number, number>, k: number): number => reached.get(k) ?? -1;

/** For each number of steps, how far each diagonal had come before it. */
function furthest(
  old: readonly string[],
  now: readonly string[],
): readonly ReadonlyMap<number, number>[] | undefined {
  const reached = new Map<number, number>([[1, 0]]);
  const trace: ReadonlyMap<number, number>[] = [];
  for (let step = 0; step <= Math.min(old.length + now.length, MOST_STEPS); step += 1) {
    trace.push(new Map(reached));
    for (let k = -step; k <= step; k += 2) {
      const isDown = k === -step || (k !== step && at(reached, k - 1) < at(reached, k + 1));
      let x = isDown ? at(reached, k + 1) : at(reached, k - 1) + 1;
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) x += 1;
      reached.set(k, x);
      if (x >= old.length && x - k >= now.length) return trace;
    }
  }
  return undefined;
}
