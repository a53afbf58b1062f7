import type { ApplicationSummary, RunView } from "@sluice/api";

/** Shown above all others. */
const MOST_RECENT = 4;

/** By application: when it was last submitted, of runs that come newest first. */
export function lastUses(
  runs: readonly Pick<RunView, "application" | "createdAt">[],
): ReadonlyMap<string, string> {
  const uses = new Map<string, string>();
  for (const { application, createdAt } of runs) {
    const known = uses.get(application.name);
    if (known === undefined || known < createdAt) uses.set(application.name, createdAt);
  }
  return uses;
}

export function recentFirst(
  applications: readonly ApplicationSummary[],
  uses: ReadonlyMap<string, string>,
): readonly ApplicationSummary[] {
  return applications
    .filter(({ name }) => uses.has(name))
    .toSorted((a, b) => ((uses.get(a.name) ?? "") < (uses.get(b.name) ?? "") ? 1 : -1))
    .slice(0, MOST_RECENT);
}

/** Those in which each of the words is somewhere. */
export function found(
  applications: readonly ApplicationSummary[],
  words: string,
): readonly ApplicationSummary[] {
  const wanted = words.toLowerCase().split(/\s+/);
  return applications.filter(({ name, title, description, category }) => {
    const where = `${name} ${title} ${description} ${category}`.toLowerCase();
    return wanted.every((word) => where.includes(word));
  });
}

/** In the order of the alphabet, both. */
export function byCategory(
  applications: readonly ApplicationSummary[],
): readonly (readonly [string, readonly ApplicationSummary[]])[] {
  const sorted = applications.toSorted((a, b) => a.title.localeCompare(b.title));
  return [...Map.groupBy(sorted, ({ category }) => category)].toSorted(([a], [b]) =>
    a.localeCompare(b),
  );
}
