import type { JsonOf, ROUTES } from "@sluice/api";

/** What follows from what was read of a cluster. */

const IN_SERVICE: ReadonlySet<string> = new Set([
  "CREATE_COMPLETE",
  "UPDATE_IN_PROGRESS",
  "UPDATE_COMPLETE",
  "UPDATE_FAILED",
]);

/** Its head answers, whatever became of its last change. */
export function isInService(status: string | undefined): boolean {
  return status !== undefined && IN_SERVICE.has(status);
}

interface Priced {
  readonly usdPerHour: number;
  /** Of how many things no price is known: they are not in the sum. */
  readonly unpriced: number;
}

/** Undefined until it is known. The cloud's sum has the compute machines in it. */
export function hourly(
  whole: (Priced & { readonly items: readonly unknown[] }) | undefined,
  fleet: Priced | undefined,
): Priced | undefined {
  if (whole === undefined) return undefined;
  return whole.items.length > 0 ? whole : fleet;
}

/** What is wrong with a cluster, in the order of its weight. */
export type Problem =
  | { readonly kind: "failure"; readonly reason: string }
  | { readonly kind: "protected"; readonly where: string; readonly reason: string | null }
  | { readonly kind: "unavailable"; readonly count: number }
  | { readonly kind: "down"; readonly count: number }
  | { readonly kind: "fleet-stopped" };

export function problemsOf(
  cluster: Pick<JsonOf<typeof ROUTES.getCluster>, "failures"> | undefined,
  fleet: FleetProblems | undefined,
  queues: readonly { readonly nodes: { readonly down: number } }[] | undefined,
): readonly Problem[] {
  const down = (queues ?? []).reduce((sum, { nodes }) => sum + nodes.down, 0);
  const unavailable = fleet?.unavailable.length ?? 0;
  return [
    ...(cluster?.failures ?? []).map(
      ({ failureReason }) => ({ kind: "failure", reason: failureReason }) as const,
    ),
    ...(fleet?.protected ?? []).map(
      ({ queue, computeResource, reason }) =>
        ({ kind: "protected", where: `${queue}/${computeResource}`, reason }) as const,
    ),
    ...(fleet?.status === "STOPPED" ? [{ kind: "fleet-stopped" } as const] : []),
    ...(down > 0 ? [{ kind: "down", count: down } as const] : []),
    ...(unavailable > 0 ? [{ kind: "unavailable", count: unavailable } as const] : []),
  ];
}

interface FleetProblems {
  readonly status: string;
  readonly unavailable: readonly unknown[];
  readonly protected: readonly {
    readonly queue: string;
    readonly computeResource: string;
    readonly reason: string | null;
  }[];
}
