import type {
  ClusterRecord,
  Interruption,
  LaunchOutcome,
  Machine,
  Progress,
  TerminateOutcome,
} from "@sluice/cloud";
import { cloudErrorFrom } from "@sluice/cloud";
import { type ErrorSource, messageOf, SluiceError } from "@sluice/model";

/** Our documents as JSON, with times as text. */
export type Wire<T> = T extends Date
  ? string
  : T extends Error
    ? WireError
    : T extends readonly (infer U)[]
      ? readonly Wire<U>[]
      : T extends object
        ? { readonly [K in keyof T]: Wire<T[K]> }
        : T;

export interface WireError {
  readonly code: string;
  readonly source: ErrorSource;
  readonly message: string;
  readonly hint?: string;
  /** Of a CloudError. */
  readonly kind?: string;
  readonly retryAfter?: number;
}

export function errorToWire(error: unknown): WireError {
  if (error instanceof SluiceError) return error.toJSON();
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || /database or disk is full/.test(messageOf(error))) {
    return {
      code: "DISK_FULL",
      source: "system",
      message: "the disk of the local cloud's state folder is full",
      hint: "free some space and try again",
    };
  }
  return { code: "INTERNAL", source: "system", message: messageOf(error) };
}

export function errorFromWire(wire: WireError): SluiceError {
  if (wire.kind !== undefined) return cloudErrorFrom(wire);
  return new SluiceError(
    wire.code,
    wire.source,
    wire.message,
    wire.hint === undefined ? {} : { hint: wire.hint },
  );
}

export function machineFromWire(wire: Wire<Machine>): Machine {
  return { ...wire, launchedAt: new Date(wire.launchedAt) } as Machine;
}

export function interruptionFromWire(wire: Wire<Interruption>): Interruption {
  const { machineId, kind, deadline } = wire;
  return {
    machineId,
    kind,
    deadline: typeof deadline === "string" ? new Date(deadline) : undefined,
  };
}

export function progressFromWire(wire: Wire<Progress>): Progress {
  return { ...wire, time: new Date(wire.time) };
}

export function recordFromWire(wire: Wire<ClusterRecord>): ClusterRecord {
  return {
    ...wire,
    statusReason: wire.statusReason,
    createdAt: new Date(wire.createdAt),
    updatedAt: new Date(wire.updatedAt),
    head: wire.head === undefined || wire.head === null ? undefined : machineFromWire(wire.head),
    heads: wire.heads?.map((head) => ({ ...head, machine: machineFromWire(head.machine) })),
  } as ClusterRecord;
}

export function launchFromWire(wire: Wire<LaunchOutcome>): LaunchOutcome {
  return wire.ok
    ? { ok: true, machine: machineFromWire(wire.machine) }
    : { ok: false, error: cloudErrorFrom(wire.error as WireError) };
}

export function terminateFromWire(wire: Wire<TerminateOutcome>): TerminateOutcome {
  return wire.ok ? { ok: true } : { ok: false, error: cloudErrorFrom(wire.error as WireError) };
}
