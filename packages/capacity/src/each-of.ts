/** Each call to Slurm is a process of its own. */
const CALLS_AT_ONCE = 8;

/** Calls for every item, a few at a time. Rejects with the first that does. */
export async function eachOf<T>(
  items: readonly T[],
  call: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await call(item);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
}
