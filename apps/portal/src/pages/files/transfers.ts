import { ROUTES } from "@sluice/api";
import { useSyncExternalStore } from "react";
import { text } from "../../catalogue/index.ts";
import { statusOf } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { errorSentences } from "../../frame/states.tsx";
import { folderChanged } from "./folder.ts";
import { freeName, inFolder, isWithin, nameOf, parentOf, shownName } from "./paths.ts";
import { type Entry, type Place, whose } from "./place.ts";

export type TransferKind = "copy" | "move" | "remove";

export interface Transfer {
  readonly id: number;
  readonly kind: TransferKind;
  readonly total: number;
  readonly done: number;
  /** The name that it is at; undefined: at its end. */
  readonly at: string | undefined;
  readonly failures: readonly { readonly name: string; readonly message: string }[];
}

export type ConflictChoice = "replace" | "keep" | "skip";

/** Something of that name is there: what should become of it? */
export interface Conflict {
  readonly name: string;
  readonly folder: string;
  readonly mayReplace: boolean;
  /** Undefined: nothing more is done. */
  readonly answer: (choice: ConflictChoice | undefined, isForAll: boolean) => void;
}

interface State {
  readonly transfers: readonly Transfer[];
  readonly conflict: Conflict | undefined;
}

let state: State = { transfers: [], conflict: undefined };
let count = 0;
const listeners = new Set<() => void>();
const stops = new Map<number, AbortController>();

function set(next: State): void {
  state = next;
  for (const tell of listeners) tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTransfers(): State {
  return useSyncExternalStore(subscribe, () => state);
}

function note(id: number, change: Partial<Transfer>): void {
  const transfers = state.transfers.map((one) => (one.id === id ? { ...one, ...change } : one));
  set({ ...state, transfers });
}

export function stopTransfer(id: number): void {
  stops.get(id)?.abort();
}

export function dismissTransfer(id: number): void {
  set({ ...state, transfers: state.transfers.filter((one) => one.id !== id) });
}

interface Step {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** One after another, so that it can be stopped and told where it is. */
async function carryOut(kind: TransferKind, steps: readonly Step[]): Promise<void> {
  count += 1;
  const id = count;
  const stop = new AbortController();
  stops.set(id, stop);
  const transfer: Transfer = {
    ...{ id, kind, total: steps.length, done: 0 },
    ...{ at: steps[0]?.name, failures: [] },
  };
  set({ ...state, transfers: [...state.transfers, transfer] });
  const failures: { name: string; message: string }[] = [];
  for (const [index, { name, run }] of steps.entries()) {
    if (stop.signal.aborted) break;
    note(id, { at: name, done: index });
    try {
      await run(stop.signal);
    } catch (error) {
      if (stop.signal.aborted) break;
      const message = error instanceof IntoItself ? error.message : errorSentences(error).join(" ");
      failures.push({ name, message });
      note(id, { failures: [...failures] });
    }
  }
  stops.delete(id);
  if (failures.length === 0) dismissTransfer(id);
  else note(id, { at: undefined, done: steps.length });
}

export async function removeEntries(place: Place, entries: readonly Entry[]): Promise<void> {
  const { cluster } = place;
  await carryOut(
    "remove",
    entries.map(({ path, name, kind }) => ({
      name,
      run: async (signal) => {
        const recursive = kind === "folder" ? "true" : "false";
        const query = { path, recursive, ...whose(place) };
        await server.call(ROUTES.removeFile, { params: { cluster }, query, signal });
        folderChanged(place, parentOf(path), { removed: [name] });
      },
    })),
  );
}

export interface Carried {
  readonly path: string;
  readonly isFolder: boolean;
}

/** Copies or moves into a folder. Where a name is taken it is asked what should become of it. */
export async function carryInto(
  place: Place,
  kind: "copy" | "move",
  things: readonly Carried[],
  folder: string,
): Promise<void> {
  let forAll: ConflictChoice | undefined;
  const steps = things
    // What is moved to where it is stays.
    .filter(({ path }) => kind === "copy" || parentOf(path) !== folder)
    .map(({ path, isFolder }): Step => {
      const name = nameOf(path);
      return {
        name,
        run: async (signal) => {
          if (isFolder && isWithin(folder, path)) {
            throw new IntoItself(text.files.transfer.intoItself(shownName(name)));
          }
          const isHere = parentOf(path) === folder;
          let choice = isHere ? "keep" : forAll;
          if (choice === undefined) {
            if (await carry(place, { kind, from: path, folder, name, overwrite: false, signal })) {
              return;
            }
            const [answer, isForAll] = await ask(name, folder, !isFolder, signal);
            if (answer === undefined) {
              for (const stop of stops.values()) if (stop.signal === signal) stop.abort();
              return;
            }
            if (isForAll) forAll = answer;
            choice = answer;
          }
          await carryAs(place, choice, { kind, from: path, folder, name, signal });
        },
      };
    });
  if (steps.length > 0) await carryOut(kind, steps);
}

/** Its message is what the person reads. */
class IntoItself extends Error {}

interface Carrying {
  readonly kind: "copy" | "move";
  readonly from: string;
  readonly folder: string;
  readonly name: string;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
}

async function carryAs(
  place: Place,
  choice: ConflictChoice,
  what: Omit<Carrying, "overwrite">,
): Promise<void> {
  switch (choice) {
    case "skip":
      await carry(place, { ...what, overwrite: false });
      return;
    case "replace":
      await carry(place, { ...what, overwrite: true });
      return;
    case "keep": {
      const tried = new Set<string>();
      for (;;) {
        const isHere = parentOf(what.from) === what.folder;
        const name =
          tried.size === 0 && !isHere ? what.name : freeName(what.name, (one) => tried.has(one));
        if (await carry(place, { ...what, name, overwrite: false })) return;
        tried.add(name);
      }
    }
    default:
      return choice satisfies never;
  }
}

/** False: something of that name is there. */
async function carry(
  place: Place,
  { kind, from, folder, name, overwrite, signal }: Carrying,
): Promise<boolean> {
  const request = {
    params: { cluster: place.cluster },
    query: whose(place),
    body: { from, to: inFolder(folder, name), overwrite },
    signal,
  };
  try {
    const route = kind === "copy" ? ROUTES.copyFile : ROUTES.renameFile;
    const entry = await server.call(route, request);
    folderChanged(place, folder, { added: [entry] });
    if (kind === "move") folderChanged(place, parentOf(from), { removed: [nameOf(from)] });
    return true;
  } catch (error) {
    if (statusOf(error) === 409 && !overwrite) return false;
    throw error;
  }
}

function ask(
  name: string,
  folder: string,
  mayReplace: boolean,
  signal: AbortSignal,
): Promise<readonly [ConflictChoice | undefined, boolean]> {
  return new Promise((resolve) => {
    const answer: Conflict["answer"] = (choice, isForAll) => {
      set({ ...state, conflict: undefined });
      resolve([choice, isForAll]);
    };
    signal.addEventListener("abort", () => answer(undefined, false), { once: true });
    set({ ...state, conflict: { name, folder, mayReplace, answer } });
  });
}
