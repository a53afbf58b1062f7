import type { Clock } from "@sluice/model";

/** Connections that have not shown the key. Of one address: */
const MOST_OF_ONE = 128;
/** Of all together: */
const MOST_OF_ALL = 512;
/** Those that went in this time without showing it count as if they were there. */
const WINDOW_MILLISECONDS = 1000;
/** For so long after a right key nothing is counted of its address. */
const KNOWN_MILLISECONDS = 10 * 60_000;

/**
 * Bounds what users of the cluster's machines can take from servers by connecting: places, and the
 * time that handshakes take. Who showed the key a moment ago is not bound.
 */
export interface Newcomers {
  /** @returns false: it is not to be spoken to. */
  enter(address: string, port: number): boolean;
  /** It has the key. */
  know(address: string, port: number): void;
  leave(address: string, port: number): void;
}

export function createNewcomers({ now }: Pick<Clock, "now">): Newcomers {
  const here = new Map<string, string>();
  const counts = new Map<string, number>();
  const known = new Map<string, number>();
  let gone = new Map<string, number>();
  let goneSince = 0;

  const count = (of: Map<string, number>, address: string, by: number): void => {
    const sum = (of.get(address) ?? 0) + by;
    if (sum === 0) of.delete(address);
    else of.set(address, sum);
  };
  const idOf = (address: string, port: number): string => `${address} ${port}`;
  const takeOut = (id: string): string | undefined => {
    const address = here.get(id);
    if (address === undefined || !here.delete(id)) return undefined;
    count(counts, address, -1);
    return address;
  };

  return {
    enter(address, port) {
      const time = now().getTime();
      if (time - (known.get(address) ?? -Infinity) < KNOWN_MILLISECONDS) return true;
      known.delete(address);
      if (time - goneSince >= WINDOW_MILLISECONDS) {
        gone = new Map();
        goneSince = time;
      }
      const ofOne = (counts.get(address) ?? 0) + (gone.get(address) ?? 0);
      if (ofOne >= MOST_OF_ONE || here.size >= MOST_OF_ALL) return false;
      here.set(idOf(address, port), address);
      count(counts, address, 1);
      return true;
    },
    know(address, port) {
      known.set(address, now().getTime());
      takeOut(idOf(address, port));
    },
    leave(address, port) {
      if (takeOut(idOf(address, port)) !== undefined) count(gone, address, 1);
    },
  };
}
