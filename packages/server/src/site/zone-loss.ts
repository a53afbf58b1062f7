import type { ZoneLoss } from "@sluice/api";
import { type ClusterStatus, isInService } from "@sluice/cloud";
import type { SiteDescription } from "@sluice/lifecycle";

/** A server of the site, as the database knows it. */
export interface SeenServer {
  /** Of its machine. */
  readonly host: string;
  readonly state: "alive" | "leaving" | "silent";
}

export interface SeenSite
  extends Pick<
    SiteDescription,
    "zones" | "machines" | "database" | "hasReplica" | "members" | "backup"
  > {
  /** Undefined: nobody knows, as while the database is away. */
  readonly servers: readonly SeenServer[] | undefined;
}

/** What would be away if a zone that is up were lost now; queues alone can be done without. */
export function lossesOf(site: SeenSite, zone: string): readonly ZoneLoss[] {
  const others = new Set(
    site.zones.filter(({ name, state }) => name !== zone && state === "up").map(({ name }) => name),
  );
  if (others.size === 0) return [{ kind: "last-zone" }];
  const machines = site.machines.filter((one) => one.isReady && others.has(one.zone));
  const elsewhere = new Set(machines.map(({ name }) => name));
  return [
    ...(hasDatabase(site, elsewhere) ? [] : [{ kind: "database" } as const]),
    ...(hasServer(site, elsewhere) ? [] : [{ kind: "servers" } as const]),
    ...site.members
      .filter(({ status }) => isInService(status as ClusterStatus))
      .flatMap((member) => lossesOfMember(member, zone, others)),
  ];
}

export function isLosable(losses: readonly ZoneLoss[]): boolean {
  return losses.every(({ kind }) => kind === "queues");
}

function hasDatabase({ database, hasReplica }: SeenSite, elsewhere: ReadonlySet<string>): boolean {
  if (database === undefined) return false;
  const { primary, inStep, isManaged } = database;
  if (isManaged === true) return hasReplica;
  return [primary, ...inStep].some((machine) => machine != null && elsewhere.has(machine));
}

/** A machine that is ready has a server; which of them live, the database says. */
function hasServer({ servers = [], machines }: SeenSite, elsewhere: ReadonlySet<string>): boolean {
  const names = new Set(machines.map(({ name }) => name));
  const known = servers.filter(({ host }) => names.has(host));
  if (known.length === 0) return elsewhere.size > 0;
  return known.some(({ host, state }) => state === "alive" && elsewhere.has(host));
}

function lossesOfMember(
  { name, heads, queueZones }: SiteDescription["members"][number],
  zone: string,
  others: ReadonlySet<string>,
): readonly ZoneLoss[] {
  const isLed = heads.some((head) => head.role !== "starting" && others.has(head.zone));
  const isElsewhere = heads.length > 0 && heads.every((head) => head.zone !== zone);
  // Without a head none of its queues goes on. One that nobody leads now is not lost with this zone.
  if (!isLed) return isElsewhere ? [] : [{ kind: "cluster", cluster: name }];
  const queues = Object.entries(queueZones)
    .filter(([, zones]) => zones.includes(zone) && !zones.some((one) => others.has(one)))
    .map(([queue]) => queue);
  return queues.length === 0 ? [] : [{ kind: "queues", cluster: name, queues }];
}
