import { nearest } from "../cluster-file/nearest.ts";

/** Of more different words than these nobody looks at the suggestions. */
const MOST_WORDS = 10;

/**
 * `nearest` for a file that may have thousands of unknown words: remembered, and undefined after so
 * many different words, because each is compared with every name.
 */
export function nearestOf(names: () => Iterable<string>): (word: string) => string | undefined {
  const found = new Map<string, string | undefined>();
  return (word) => {
    if (found.has(word)) return found.get(word);
    if (found.size >= MOST_WORDS) return undefined;
    const meant = nearest(word, names());
    found.set(word, meant);
    return meant;
  };
}
