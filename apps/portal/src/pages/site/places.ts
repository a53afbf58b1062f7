import type { SiteView } from "@sluice/api";

type Server = SiteView["servers"][number];

export interface PlacedMachine {
  readonly name: string;
  readonly isReady: boolean;
  readonly database: "primary" | "copy" | "copying" | undefined;
  /** Undefined also while nobody knows of servers. */
  readonly server: Pick<Server, "state" | "isThis"> | undefined;
}

export interface PlacedHead {
  readonly cluster: string;
  readonly machine: string;
  readonly role: SiteView["clusters"][number]["heads"][number]["role"];
}

/** What of a site is in one zone: its machines with what each does, and the heads of clusters. */
export function placedIn(
  { machines, clusters, database, servers }: SiteView,
  zone: string,
): { readonly machines: readonly PlacedMachine[]; readonly heads: readonly PlacedHead[] } {
  return {
    machines: machines
      .filter((one) => one.zone === zone)
      .map(({ name, isReady }) => ({
        ...{ name, isReady },
        database: partOf(database, name, machines.length),
        server: latest(servers.filter(({ host }) => host === name)),
      })),
    heads: clusters.flatMap(({ name: cluster, heads }) =>
      heads
        .filter((one) => one.zone === zone)
        .map(({ machine, role }) => ({ cluster, machine, role })),
    ),
  };
}

function partOf(
  database: SiteView["database"],
  machine: string,
  machines: number,
): PlacedMachine["database"] {
  if (database?.primary === undefined) return undefined;
  if (database.primary === machine) return "primary";
  if (database.inStep.includes(machine)) return "copy";
  // With more machines nobody says which of them is to have the copy.
  return machines === 2 ? "copying" : undefined;
}

/** A machine that was made anew has a new server; the former one is remembered for a day. */
function latest(servers: readonly Server[]): Server | undefined {
  const alive = servers.find(({ state }) => state === "alive");
  return alive ?? servers.toSorted((a, b) => (a.since < b.since ? 1 : -1))[0];
}
