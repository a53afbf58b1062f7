import { useSyncExternalStore } from "react";
import { type Entry, isSamePlace, type Place } from "./place.ts";
import type { Carried } from "./transfers.ts";

/** What was copied or cut, to be put somewhere; or what is being dragged. */
export interface Held {
  readonly place: Place;
  readonly things: readonly Carried[];
  readonly isCut: boolean;
}

let held: Held | undefined;
const listeners = new Set<() => void>();

export function hold(next: Held | undefined): void {
  held = next;
  for (const tell of listeners) tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useHeld(): Held | undefined {
  return useSyncExternalStore(subscribe, () => held);
}

/** A browser does not tell what is dragged before it is dropped. */
export const dragged: { now: Held | undefined } = { now: undefined };
export const DRAG_TYPE = "application/x-sluice-files";

/** Whether an entry will leave where it is. */
export function isHeldAs(held: Held | undefined, place: Place, entry: Entry): boolean {
  return (
    held?.isCut === true &&
    isSamePlace(held.place, place) &&
    held.things.some(({ path }) => path === entry.path)
  );
}
