import { SluiceError } from "@sluice/model";

/** What may be in a name of Slurm's: no separator, no control character, nothing encoded twice. */
const SEGMENT = /^[^/\\%\p{Cc}\u2028\u2029]{1,255}$/u;
const MAX_VALUE = 4000;
const MAX_QUERY = 50;

/**
 * A path in its segments, each decoded once. Undefined: it is none that could be meant, with dots
 * that climb, separators in disguise, zero bytes or line ends.
 */
export function segmentsIn(path: string): readonly string[] | undefined {
  const segments: string[] = [];
  for (const raw of path.replace(/\/$/, "").split("/").slice(1)) {
    let segment: string;
    try {
      segment = decodeURIComponent(raw);
    } catch {
      return undefined;
    }
    if (!SEGMENT.test(segment) || segment === "." || segment === "..") return undefined;
    segments.push(segment);
  }
  return segments;
}

/**
 * A query of these names, written anew and in order, so that equal questions are the same text.
 * Throws `REQUEST_INVALID`.
 */
export function queryOf(text: string, names: ReadonlySet<string>): string {
  const pairs = [...new URLSearchParams(text)];
  if (pairs.length > MAX_QUERY) throw wrong("the query has too many parts");
  for (const [name, value] of pairs) {
    if (!names.has(name)) {
      throw wrong(`slurm knows no ${JSON.stringify(name.slice(0, 60))} in this operation's query`);
    }
    if (value.length > MAX_VALUE || /\p{Cc}/u.test(value)) {
      throw wrong(`the query's ${name} is too long, or has control characters in it`);
    }
  }
  const sorted = pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const written = sorted.map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return written.length === 0 ? "" : `?${written.join("&")}`;
}

/** slurmrestd takes no address with quotes, brackets or stars in it. */
export function encoded(word: string): string {
  return encodeURIComponent(word.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function wrong(message: string): SluiceError {
  return new SluiceError("REQUEST_INVALID", "user", message, {
    hint: "see slurmrestd's own document at /openapi/v3",
  });
}
