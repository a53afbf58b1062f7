import {
  compareReleases,
  osOfSlurm,
  SLURM_RELEASES,
  type SlurmRelease,
  slurmRelease,
  understands,
  waysBetween,
} from "./releases.ts";

/** A machine and the Slurm on it: a version such as `24.11.5`, or a release. */
export interface Installed {
  readonly name: string;
  readonly version: string;
}

export interface InstalledQueue {
  readonly name: string;
  /** Of the nodes that are up, each once; none when all are off. */
  readonly versions: readonly string[];
}

export interface InstalledCluster {
  readonly name: string;
  /** One, or two of which one leads. */
  readonly heads: readonly (Installed & { readonly leads: boolean })[];
  readonly queues: readonly InstalledQueue[];
  /** Login nodes and whatever else runs Slurm's commands. */
  readonly clients: readonly Installed[];
}

/** What of Slurm there is. */
export interface InstalledSlurm {
  /**
   * Machines of slurmdbd alone, the primary first; empty where each head runs its own, which is
   * then made anew with its head.
   */
  readonly slurmdbd: readonly Installed[];
  readonly clusters: readonly InstalledCluster[];
}

/**
 * One thing to do. Each may be done again when it was cut short, and a plan made anew in between
 * goes on where the other was left.
 *
 * - `backup`: of accounting and of each cluster's state; without it there is no way back.
 * - `slurmdbd`: all of them in one go: stop the backups, then the primary, start the new primary,
 *   which converts the database, then the backups. Clusters go on and keep what they would tell it.
 * - `head`: makes the head's machine anew. Where it is the only one (`interrupts`) nobody can
 *   submit meanwhile, and jobs run on.
 * - `fail-over`: from then on `from` must not lead again until it is made anew: it would not
 *   understand the state that the new release saved.
 * - `queue`: nodes get machines of the new release as their jobs end.
 * - `clients`: login nodes.
 */
export type UpgradeStep =
  | { readonly do: "backup"; readonly clusters: readonly string[] }
  | { readonly do: "slurmdbd"; readonly machines: readonly string[]; readonly to: SlurmRelease }
  | {
      readonly do: "head";
      readonly cluster: string;
      readonly head: string;
      readonly to: SlurmRelease;
      readonly interrupts: boolean;
    }
  | {
      readonly do: "fail-over";
      readonly cluster: string;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly do: "queue";
      readonly cluster: string;
      readonly queue: string;
      readonly to: SlurmRelease;
    }
  | {
      readonly do: "clients";
      readonly cluster: string;
      readonly machines: readonly string[];
      readonly to: SlurmRelease;
    };

export type UpgradePlan =
  | { readonly ok: true; readonly steps: readonly UpgradeStep[] }
  | {
      readonly ok: false;
      readonly why: string;
      readonly suggestion: string;
      /** Releases to upgrade to before, as few as can be, in order; each entry is one way. */
      readonly ways: readonly (readonly SlurmRelease[])[];
    };

/**
 * In which order everything comes to the release `wanted`: slurmdbd, then each cluster's
 * controllers, nodes and clients, so that no daemon is ever told something by a newer one. Empty
 * when all is at it. Source of the order: https://slurm.schedmd.com/upgrades.html.
 */
export function planUpgrade(present: InstalledSlurm, wanted: SlurmRelease): UpgradePlan {
  const refused = refusal(present, wanted);
  if (refused !== undefined) return refused;
  const dbds = outdated(present.slurmdbd, wanted);
  const work = [
    ...(dbds.length === 0
      ? []
      : [{ do: "slurmdbd", machines: dbds.map(({ name }) => name), to: wanted } as const]),
    ...present.clusters.flatMap((cluster) => clusterSteps(cluster, wanted)),
  ];
  if (work.length === 0) return { ok: true, steps: [] };
  const clusters = present.clusters.map(({ name }) => name);
  return { ok: true, steps: [{ do: "backup", clusters }, ...work] };
}

/** A step in a sentence, for a person. */
export function describeUpgradeStep(step: UpgradeStep): string {
  switch (step.do) {
    case "backup":
      return `make a backup of accounting and of ${step.clusters.join(", ")}`;
    case "slurmdbd":
      return `bring slurmdbd on ${step.machines.join(", ")} to ${step.to}; clusters go on, accounting is away while the database is converted`;
    case "head": {
      const meanwhile = step.interrupts ? "; jobs run on, and nobody can submit meanwhile" : "";
      return `make ${step.head} of ${step.cluster} anew with ${step.to}${meanwhile}`;
    }
    case "fail-over":
      return `have ${step.to} of ${step.cluster} lead in place of ${step.from}`;
    case "queue":
      return `give the nodes of ${step.queue} in ${step.cluster} machines with ${step.to}, as their jobs end`;
    case "clients":
      return `bring ${step.machines.join(", ")} of ${step.cluster} to ${step.to}`;
    default:
      return step satisfies never;
  }
}

function outdated<T extends { readonly version: string }>(
  machines: readonly T[],
  wanted: SlurmRelease,
): readonly T[] {
  return machines.filter(({ version }) => slurmRelease(version) !== wanted);
}

function clusterSteps(cluster: InstalledCluster, wanted: SlurmRelease): readonly UpgradeStep[] {
  const { name, queues, clients } = cluster;
  const old = outdated(clients, wanted);
  return [
    ...headSteps(cluster, wanted),
    ...queues
      .filter(({ versions }) => versions.some((version) => slurmRelease(version) !== wanted))
      .map(({ name: queue }) => ({ do: "queue", cluster: name, queue, to: wanted }) as const),
    ...(old.length === 0
      ? []
      : [
          {
            do: "clients",
            cluster: name,
            machines: old.map((one) => one.name),
            to: wanted,
          } as const,
        ]),
  ];
}

/** Those that stand by first; then one of them leads, and the former leader is made anew. */
function headSteps(
  { name: cluster, heads }: InstalledCluster,
  wanted: SlurmRelease,
): readonly UpgradeStep[] {
  const old = outdated(heads, wanted);
  const made = ({ name: head }: Installed, interrupts: boolean): UpgradeStep => ({
    do: "head",
    cluster,
    head,
    to: wanted,
    interrupts,
  });
  const leader = old.find(({ leads }) => leads);
  const others = old.filter((head) => head !== leader).map((head) => made(head, false));
  if (leader === undefined) return others;
  const successor = heads.find((head) => head !== leader);
  if (successor === undefined) return [made(leader, true)];
  return [
    ...others,
    { do: "fail-over", cluster, from: leader.name, to: successor.name },
    made(leader, false),
  ];
}

interface Component {
  readonly label: string;
  readonly version: string;
}

function* componentsOf({ slurmdbd, clusters }: InstalledSlurm): Generator<Component> {
  for (const { name, version } of slurmdbd) yield { label: `slurmdbd on ${name}`, version };
  for (const { name: cluster, heads, queues, clients } of clusters) {
    for (const { name, version } of heads) yield { label: `${name} of ${cluster}`, version };
    for (const { name, versions } of queues) {
      for (const version of versions) yield { label: `queue ${name} of ${cluster}`, version };
    }
    for (const { name, version } of clients) yield { label: `${name} of ${cluster}`, version };
  }
}

function refusal(present: InstalledSlurm, wanted: SlurmRelease): UpgradePlan | undefined {
  const found = [...componentsOf(present)].map(({ label, version }) => ({
    label,
    version,
    release: slurmRelease(version),
  }));
  for (const { label, version, release } of found) {
    if (release === undefined) {
      return refused(
        `${label} has Slurm ${JSON.stringify(version)}, which is no release that is known here`,
        `known are ${SLURM_RELEASES.join(", ")}`,
      );
    }
    if (compareReleases(release, wanted) > 0) {
      return refused(
        `${label} has Slurm ${release}, and Slurm does not go back to ${wanted}`,
        `write ${release} or a later one, or restore a backup of ${wanted}`,
      );
    }
  }
  const far = found.flatMap(({ label, release }) =>
    release === undefined || understands(wanted, release) ? [] : [{ label, release }],
  );
  const [oldest] = far.toSorted((a, b) => compareReleases(a.release, b.release));
  if (oldest === undefined) return undefined;
  const newest = found.reduce<SlurmRelease>(
    (most, { release = most }) => (compareReleases(release, most) > 0 ? release : most),
    oldest.release,
  );
  const ways = waysFor(oldest.release, { newest, wanted });
  return {
    ok: false,
    why: `${oldest.label} has Slurm ${oldest.release}, whose state and messages ${wanted} does not understand`,
    suggestion: suggestionOf(ways),
    ways,
  };
}

/** Without those that would have to go back from what some component has already. */
function waysFor(
  oldest: SlurmRelease,
  { newest, wanted }: { readonly newest: SlurmRelease; readonly wanted: SlurmRelease },
): readonly (readonly SlurmRelease[])[] {
  const direct = waysBetween(oldest, wanted).filter(
    ([first = wanted]) => compareReleases(first, newest) >= 0,
  );
  if (direct.length > 0 || !understands(newest, oldest)) return direct;
  // What is behind comes to where the others are, and all go on from there.
  return waysBetween(newest, wanted).map((way) => [newest, ...way]);
}

function suggestionOf(ways: readonly (readonly SlurmRelease[])[]): string {
  const [first, ...others] = ways;
  if (first === undefined) return "finish the upgrade that was begun, and ask again";
  const shown = [first, ...others].map((way) => way.join(" and then ")).join(", or ");
  const missing = new Set(ways.flat().filter((release) => osOfSlurm(release) === undefined));
  const images =
    missing.size === 0
      ? ""
      : `; no image of Debian brings ${[...missing].toSorted().join(", ")}, so build one that does`;
  return `upgrade everything to ${shown} before${images}`;
}

function refused(why: string, suggestion: string): UpgradePlan {
  return { ok: false, why, suggestion, ways: [] };
}
