import { timingSafeEqual } from "node:crypto";
import type { MachineRow } from "./store.ts";

/** Id of the machine that a proof of identity claims to be of. */
export function machineOfProof(proof: string): string {
  return proof.trim().split(":")[0] ?? "";
}

/** Takes as long for a wrong proof as for the right one. */
export function isProofOf(row: MachineRow, proof: string): boolean {
  const expected = Buffer.from(`${row.id}:${row.proof}`);
  const given = Buffer.from(proof.trim());
  return expected.length === given.length && timingSafeEqual(expected, given);
}
