import { useEffect, useState } from "react";
import { dateTime, relativeTime } from "./format.ts";

/** A time from now, which goes on; the whole of it is told to who points at it. */
export function When({ at }: { readonly at: string | undefined }) {
  const now = useNow(30_000);
  if (at === undefined) return "–";
  return (
    <time dateTime={at} title={dateTime(at)}>
      {relativeTime(at, now)}
    </time>
  );
}

/** The time, again each so many milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
