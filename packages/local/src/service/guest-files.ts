import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LEADERSHIP_FILE, type LeadershipFacts } from "../leadership.ts";
import { commonAddress, isOneOfTwo } from "./head-slots.ts";
import type { Place } from "./place.ts";
import type { MachineRow } from "./store.ts";

/** What a booted machine knows of itself, in a folder that only its own root can read. */
export async function writeGuestFiles(
  folder: string,
  place: Pick<Place, "range">,
  row: MachineRow,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(folder, name), text, { mode: 0o600 });
  await write("identity", `${row.id}:${row.proof}\n`);
  if (row.role === "compute" || !isOneOfTwo(row.node)) return;
  const facts: LeadershipFacts = { machine: row.id, address: commonAddress(place.range) };
  await write(LEADERSHIP_FILE, JSON.stringify(facts));
}
