import { SluiceError } from "@sluice/model";
import { z } from "zod";
import { JOB_SORTS, type JobSort } from "./contract.ts";

export interface Order {
  readonly sort: JobSort;
  readonly isDescending: boolean;
}

/** Where a job stands in an order; the job itself may be gone. */
export interface Place {
  readonly value: number | string | undefined;
  readonly cluster: string;
  readonly id: number;
  /** Milliseconds; NaN when unknown. */
  readonly submitted: number;
}

/**
 * What has no value comes last, whatever the direction; what is equal goes by cluster, and there the
 * higher number and the later submission come first.
 */
export function precedes(a: Place, b: Place, order: Order): boolean {
  if (a.value !== b.value) {
    if (a.value === undefined) return false;
    if (b.value === undefined) return true;
    return a.value < b.value !== order.isDescending;
  }
  if (a.cluster !== b.cluster) return a.cluster < b.cluster;
  if (a.id !== b.id) return a.id > b.id;
  return a.submitted > b.submitted;
}

const cursorSchema = z.tuple([
  z.enum(JOB_SORTS),
  z.boolean(),
  z.union([z.number(), z.string(), z.null()]),
  z.string(),
  z.number(),
  z.number().nullable(),
]);

export function cursorOf(place: Place, { sort, isDescending }: Order): string {
  const { value, cluster, id, submitted } = place;
  const parts = [sort, isDescending, value ?? null, cluster, id, orNull(submitted)];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** Errors: `PAGE_CURSOR_INVALID`, also for that of another order. */
export function placeOfCursor(cursor: string, order: Order): Place {
  const parts = cursorSchema.safeParse(parsed(Buffer.from(cursor, "base64url").toString()));
  const [sort, isDescending, value, cluster, id, submitted] = parts.data ?? [];
  if (sort !== order.sort || isDescending !== order.isDescending) throw invalid();
  if (cluster === undefined || id === undefined) throw invalid();
  return { value: value ?? undefined, cluster, id, submitted: submitted ?? Number.NaN };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(): SluiceError {
  return new SluiceError("PAGE_CURSOR_INVALID", "user", "the cursor is of no page of this list", {
    hint: "begin with the first page, or keep sort and order as they were",
  });
}
