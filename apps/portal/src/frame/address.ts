import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/**
 * A part of the address's query, so that what is looked at can be sent to somebody, and `Back` leads
 * where one was. Values that are the default are left out.
 */
export function useAddress<Keys extends string>(
  defaults: Readonly<Record<Keys, string>>,
): readonly [Readonly<Record<Keys, string>>, (change: Partial<Record<Keys, string>>) => void] {
  const [params, setParams] = useSearchParams();
  const key = JSON.stringify(defaults);
  // biome-ignore lint/correctness/useExhaustiveDependencies: defaults are compared by what is in them
  const values = useMemo(() => {
    const names = Object.keys(defaults) as Keys[];
    return Object.fromEntries(
      names.map((name) => [name, params.get(name) ?? defaults[name]]),
    ) as Record<Keys, string>;
  }, [params, key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const change = useCallback(
    (next: Partial<Record<Keys, string>>) =>
      setParams(
        () => {
          // What is drawn may be older than the address: two changes soon after each other both count.
          const changed = new URLSearchParams(location.search);
          for (const [name, value] of Object.entries(next) as [Keys, string][]) {
            if (value === defaults[name]) changed.delete(name);
            else changed.set(name, value);
          }
          return changed;
        },
        { replace: true },
      ),
    [setParams, key],
  );
  return [values, change];
}
