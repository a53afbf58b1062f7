import { SluiceError } from "@sluice/model";

/** More names than any Slurm cluster has; a list that goes past it is a mistake or an attack. */
export const MAX_HOST_LIST_NAMES = 1_000_000;

/** Longer than slurmctld itself accepts for a number inside brackets. */
const MAX_DIGITS = 18;

/**
 * The names of a Slurm host list, in its order, repeats included.
 *
 * Knows what Slurm writes and reads: `a[1-3,7]`, zero padding `x[001-003]`, several bracket pairs
 * in one name `r[1-2]n[0-1]` (the last one turns fastest), and commas outside brackets between
 * names. Blanks around names are skipped; an empty text is no names.
 *
 * @throws SluiceError `SLURM_HOSTLIST_INVALID` when the text is not a host list, or stands for more
 * than `limit` names.
 */
export function expandHostList(text: string, limit = MAX_HOST_LIST_NAMES): string[] {
  const names: string[] = [];
  for (const word of splitOutsideBrackets(text)) expandWord(word, text, names, limit);
  return names;
}

/**
 * One host list for many names: repeats are dropped, names that differ in their last number share
 * a bracket, and groups stand in the order of their first name.
 *
 * `expandHostList` of the result gives the same set of names, sorted by number within each group.
 *
 * @throws SluiceError `SLURM_HOSTLIST_INVALID` for a name that a host list cannot hold.
 */
export function compressHostList(names: Iterable<string>): string {
  const groups = new Map<string, NumberedGroup>();
  for (const name of names) addName(groups, name);
  return [...groups.values()].map(formatGroup).join(",");
}

interface NumberedGroup {
  readonly before: string;
  readonly after: string;
  /** Zero padding to this many digits; 0 for numbers without leading zeros. */
  readonly width: number;
  /** Undefined for a name without digits. */
  readonly numbers: Set<bigint> | undefined;
}

function invalid(text: string, why: string): SluiceError {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return new SluiceError("SLURM_HOSTLIST_INVALID", "user", `host list '${shown}' ${why}`, {
    hint: "Write node names as Slurm does, for example cpu-dy-a-[1-3,7],x[001-003].",
  });
}

function splitOutsideBrackets(text: string): string[] {
  const words: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === "[") depth++;
    if (c === "]") depth--;
    if (depth < 0 || depth > 1) throw invalid(text, "has brackets that do not match");
    if (c === undefined || (depth === 0 && c === ",")) {
      const word = text.slice(start, i).trim();
      if (word !== "") words.push(word);
      start = i + 1;
    }
  }
  if (depth !== 0) throw invalid(text, "has brackets that do not match");
  return words;
}

/** More than Slurm's own two dimensions would ever need; each costs a level of recursion. */
const MAX_BRACKETS = 8;

/** What a name may hold; anything else (blank, quote, `=`) would mean something else to Slurm. */
const LITERAL = /^[A-Za-z0-9._:-]*$/;

function expandWord(word: string, text: string, into: string[], limit: number): void {
  const parts = word.split(/[[\]]/);
  if (parts.length > 2 * MAX_BRACKETS + 1) {
    throw invalid(text, `has more than ${MAX_BRACKETS} bracket pairs in a name`);
  }
  const choices = parts.map((part, i) => {
    if (i % 2 === 1) return ranges(part, text);
    if (!LITERAL.test(part)) throw invalid(text, `has a character that no node name has`);
    return undefined;
  });
  let count = 1n;
  for (const choice of choices) {
    if (choice !== undefined) count *= choice.reduce((sum, r) => sum + r.last - r.first + 1n, 0n);
  }
  if (count > BigInt(limit - into.length)) {
    throw invalid(text, `stands for more than ${limit} names`);
  }
  const grow = (at: number, prefix: string): void => {
    if (at === parts.length) {
      into.push(prefix);
      return;
    }
    const choice = choices[at];
    if (choice === undefined) {
      grow(at + 1, prefix + (parts[at] ?? ""));
      return;
    }
    for (const { first, last, width } of choice) {
      for (let n = first; n <= last; n++) grow(at + 1, prefix + n.toString().padStart(width, "0"));
    }
  };
  grow(0, "");
}

interface NumberRange {
  readonly first: bigint;
  readonly last: bigint;
  readonly width: number;
}

function ranges(inside: string, text: string): NumberRange[] {
  return inside.split(",").map((piece) => {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(piece);
    if (match === null) throw invalid(text, `has '${piece}' where a number or a range belongs`);
    const [, from = "", to = from] = match;
    if (from.length > MAX_DIGITS || to.length > MAX_DIGITS) {
      throw invalid(text, `has a number with more than ${MAX_DIGITS} digits`);
    }
    const first = BigInt(from);
    const last = BigInt(to);
    if (last < first) throw invalid(text, `has the range '${piece}', which runs backwards`);
    return { first, last, width: from.length };
  });
}

function addName(groups: Map<string, NumberedGroup>, name: string): void {
  if (name === "" || !LITERAL.test(name)) throw invalid(name, "is not a node name");
  const match = /^(.*?)(\d{1,18})(\D*)$/s.exec(name);
  const [, before = name, digits = "", after = ""] = match ?? [];
  const padded = digits.length > 1 && digits.startsWith("0");
  if (match === null) {
    if (!groups.has(name))
      groups.set(name, { before: name, after: "", width: 0, numbers: undefined });
    return;
  }
  // 099 and 100 share the width 3, and so a bracket: [099-100]. Without padding the width is free.
  const key = (width: number) => `${before}\0${after}\0${width}`;
  const samePadding = groups.get(key(digits.length));
  const width = padded || samePadding !== undefined ? digits.length : 0;
  const group = groups.get(key(width)) ?? { before, after, width, numbers: new Set() };
  group.numbers?.add(BigInt(digits));
  groups.set(key(width), group);
}

function formatGroup({ before, after, width, numbers }: NumberedGroup): string {
  if (numbers === undefined) return before;
  const sorted = [...numbers].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const show = (n: bigint) => n.toString().padStart(width, "0");
  const [only] = sorted;
  if (only !== undefined && sorted.length === 1) return `${before}${show(only)}${after}`;
  const pieces: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while ((sorted[end + 1] ?? -1n) === (sorted[end] ?? 0n) + 1n) end++;
    const [first, last] = [sorted[i] ?? 0n, sorted[end] ?? 0n];
    pieces.push(first === last ? show(first) : `${show(first)}-${show(last)}`);
    i = end + 1;
  }
  return `${before}[${pieces.join(",")}]${after}`;
}
