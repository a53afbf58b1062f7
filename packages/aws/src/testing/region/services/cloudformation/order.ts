/** What a resource's work ends with when that of another failed first. */
export class CalledOff extends Error {}

/**
 * Does the work of each, after that of all that it needs, as much at once as can be. When one fails,
 * those that need it are left out, the others end.
 *
 * @returns those that failed by themselves.
 */
export async function inOrder(
  ids: readonly string[],
  needs: (id: string) => readonly string[],
  work: (id: string) => Promise<void>,
): Promise<readonly string[]> {
  const begun = new Map<string, Promise<boolean>>();
  const failed: string[] = [];
  const known = new Set(ids);
  const one = (id: string): Promise<boolean> => {
    const before = begun.get(id);
    if (before !== undefined) return before;
    const promise = (async () => {
      const ready = await Promise.all(
        needs(id)
          .filter((need) => known.has(need))
          .map(one),
      );
      if (ready.includes(false)) return false;
      try {
        await work(id);
        return true;
      } catch (error) {
        if (!(error instanceof CalledOff)) failed.push(id);
        return false;
      }
    })();
    begun.set(id, promise);
    return promise;
  };
  await Promise.all(ids.map(one));
  return failed;
}
