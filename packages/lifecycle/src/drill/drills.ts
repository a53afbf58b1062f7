import { failOverSite } from "../site/fail-over.ts";
import { clockScripts } from "./clock.ts";
import type { DrillTarget } from "./contract.ts";
import type { HeadMachine, SiteUnderDrill } from "./site-under-drill.ts";

export interface Accident {
  /** Undoes it; missing: nothing is to be undone. */
  readonly undo?: () => Promise<void>;
}

export interface Drill {
  readonly name: string;
  /** What happens, in a sentence's end: `the leader of a cluster loses its power`. */
  readonly what: string;
  readonly target: DrillTarget;
  /** Seconds for which it stays as it is, at least; all else has to be back by then or later. */
  readonly lasts: number;
  /** Throws what keeps it from being done, with nothing done. */
  readonly happen: (site: SiteUnderDrill) => Promise<Accident>;
}

/** Seconds on a machine with nothing else to do; what is measured is told beside them. */
const AT_ONCE = { scheduling: 20, portal: 10, full: 60 };
const BY_LEASE = { scheduling: 30, portal: 15, full: 60 };
const UNNOTICED = { scheduling: 15, portal: 10, full: 60 };

const first = (site: SiteUnderDrill): string => site.clusters[0] ?? "";
const zone = (site: SiteUnderDrill): string => site.zones[0] ?? "";

async function leaderOf(site: SiteUnderDrill): Promise<HeadMachine> {
  const leader = await site.leader(first(site));
  if (leader === undefined) throw new TypeError(`${first(site)} has no head that leads`);
  return leader;
}

/** On the head that leads now, by the way that stays open when it leads no more. */
async function onLeader(site: SiteUnderDrill, script: string): Promise<void> {
  const { exitCode, stderr } = await site.onHead(first(site), "root", script, { seconds: 20 });
  if (exitCode !== 0) throw new TypeError(`the leader said: ${stderr.trim() || exitCode}`);
}

/** Until another machine leads, at most for `seconds`. */
async function untilFollowed(
  site: SiteUnderDrill,
  former: HeadMachine,
  seconds: number,
): Promise<void> {
  const end = site.clock.now().getTime() + seconds * 1000;
  while (site.clock.now().getTime() < end) {
    const now = await site.leader(first(site));
    if (now !== undefined && now.id !== former.id) return;
    await site.clock.sleep(300);
  }
}

/**
 * Where programs write to a machine's own disk, it is full. The disk itself is a folder of the host,
 * which nobody should fill.
 */
const WRITTEN = "/tmp /var/tmp /var/log /var/spool /var/cache";
const FILL_DISK = `set -e
  for folder in ${WRITTEN}; do
    mount -t tmpfs -o size=64k,mode=1777 full "$folder"
    head -c 1M /dev/zero > "$folder/full" 2> /dev/null || true
  done`;
const EMPTY_DISK = `for folder in ${WRITTEN}; do umount --lazy "$folder"; done`;

async function siteMachine(site: SiteUnderDrill, node: string) {
  const machine = await site.siteMachine(node);
  if (machine === undefined) throw new TypeError(`the site has no machine ${node}`);
  return machine;
}

const HEADS: readonly Drill[] = [
  {
    name: "leader-killed",
    what: "the machine of a head that leads loses its power",
    target: AT_ONCE,
    lasts: 0,
    happen: async (site) => {
      const leader = await leaderOf(site);
      await site.cloud.pullPlug(leader.cluster, leader.id);
      return {};
    },
  },
  {
    name: "leader-frozen",
    what: "the machine of a head that leads stands still, and goes on once the other one leads",
    target: BY_LEASE,
    lasts: 0,
    happen: async (site) => {
      const leader = await leaderOf(site);
      await site.cloud.zones.freezeMachine(leader.cluster, leader);
      const undo = async (): Promise<void> => {
        await untilFollowed(site, leader, 60);
        // Gone by then, if the cloud could power it off.
        await site.cloud.zones.thawMachine(leader.cluster, leader).catch(() => {});
      };
      return { undo };
    },
  },
  {
    name: "leader-frozen-apart",
    what: "it stands still and is cut off, so that nobody can power it off, and goes on later",
    target: BY_LEASE,
    lasts: 10,
    happen: async (site) => {
      const leader = await leaderOf(site);
      const { zones } = site.cloud;
      await zones.cutMachine(leader.cluster, leader);
      await zones.freezeMachine(leader.cluster, leader);
      const undo = async (): Promise<void> => {
        await untilFollowed(site, leader, 60);
        await zones.thawMachine(leader.cluster, leader).catch(() => {});
        // Cut off still: by itself alone it has to end what it must not run.
        await site.clock.sleep(3_000);
        await zones.healMachine(leader.cluster, leader).catch(() => {});
      };
      return { undo };
    },
  },
  {
    name: "leader-cut-off",
    what: "the cable of a head that leads is pulled, and plugged in again",
    target: BY_LEASE,
    lasts: 15,
    happen: async (site) => {
      const leader = await leaderOf(site);
      await site.cloud.zones.cutMachine(leader.cluster, leader);
      const undo = async (): Promise<void> => {
        // One that could not go on standing by was made anew, with its cable plugged in.
        await site.cloud.zones.healMachine(leader.cluster, leader).catch(() => {});
      };
      return { undo };
    },
  },
  {
    name: "leading-process-killed",
    what: "the process that leads is killed",
    target: UNNOTICED,
    lasts: 0,
    happen: async (site) => {
      await onLeader(site, "systemctl kill --signal=KILL sluice-lead");
      return {};
    },
  },
  {
    name: "leading-process-stopped",
    what: "the process that leads hangs, while its machine goes on",
    target: BY_LEASE,
    lasts: 0,
    happen: async (site) => {
      await onLeader(site, "systemctl kill --signal=STOP sluice-lead");
      return {};
    },
  },
  {
    name: "controller-killed",
    what: "slurmctld is killed",
    target: UNNOTICED,
    lasts: 0,
    happen: async (site) => {
      await onLeader(site, "pkill -KILL -x slurmctld");
      return {};
    },
  },
  {
    name: "controller-frozen",
    what: "slurmctld alone hangs, on a machine that is well",
    target: BY_LEASE,
    lasts: 0,
    happen: async (site) => {
      await onLeader(site, "pkill -STOP -x slurmctld");
      return {};
    },
  },
  {
    name: "clock-set-back",
    what: "the clock of a head that leads goes back by 20 seconds",
    target: BY_LEASE,
    lasts: 15,
    happen: async (site) => {
      const { prepare, setBack, undo } = clockScripts();
      const leader = await leaderOf(site);
      await onLeader(site, prepare);
      await onLeader(site, setBack);
      return {
        undo: async () => {
          if ((await site.leader(first(site)))?.id === leader.id) await onLeader(site, undo);
          else await site.cloud.pullPlug(leader.cluster, leader.id).catch(() => {});
        },
      };
    },
  },
  {
    name: "leader-disk-full",
    what: "the leader's own disk is full",
    target: UNNOTICED,
    lasts: 15,
    happen: async (site) => {
      const leader = await leaderOf(site);
      await onLeader(site, FILL_DISK);
      const undo = async (): Promise<void> => {
        const now = await site.leader(first(site));
        if (now?.id === leader.id) await onLeader(site, EMPTY_DISK);
        else await site.cloud.pullPlug(leader.cluster, leader.id).catch(() => {});
      };
      return { undo };
    },
  },
];

/** Ends every database server of a machine for so long, as often as it is started again. */
const HOLD_DOWN = 30;
const HOLD_DATABASE_DOWN = `nohup bash -c '
  for ((end = SECONDS + ${HOLD_DOWN}; SECONDS < end;)); do pkill -KILL -x mariadbd; sleep 0.2; done
' > /dev/null 2>&1 < /dev/null &`;

const SITE: readonly Drill[] = [
  {
    name: "primary-killed",
    what: "the machine with the primary of the database loses its power",
    target: AT_ONCE,
    lasts: 0,
    happen: async (site) => {
      await site.cloud.sites.pullPlug(site.name, (await site.database()).primary);
      return {};
    },
  },
  {
    name: "primary-frozen",
    what: "the machine with the primary stands still, and goes on 20 s later",
    target: { ...BY_LEASE, portal: 30 },
    lasts: 20,
    happen: async (site) => {
      const machine = await siteMachine(site, (await site.database()).primary);
      await site.cloud.zones.freezeMachine(site.owner, machine);
      const undo = async (): Promise<void> => {
        // A machine that was powered off meanwhile is another one by now.
        await site.cloud.zones.thawMachine(site.owner, machine).catch(() => {});
      };
      return { undo };
    },
  },
  {
    name: "replica-killed",
    what: "the machine with the copy of the database loses its power",
    target: UNNOTICED,
    lasts: 0,
    happen: async (site) => {
      const [copy] = (await site.database()).copies;
      if (copy === undefined) throw new TypeError("the database has no copy in step");
      await site.cloud.sites.pullPlug(site.name, copy);
      return {};
    },
  },
  {
    name: "server-killed",
    what: "the process of one server is killed",
    target: UNNOTICED,
    lasts: 0,
    happen: async (site) => {
      const { primary } = await site.database();
      await site.onSiteMachine(primary, "systemctl kill --signal=KILL sluice-server");
      return {};
    },
  },
  {
    name: "database-away",
    what: `every database server is killed, and held down for ${HOLD_DOWN} s`,
    target: { scheduling: 20, portal: HOLD_DOWN + 40, full: 90 },
    lasts: HOLD_DOWN,
    happen: async (site) => {
      const { primary, copies } = await site.database();
      await Promise.all(
        [primary, ...copies].map((node) => site.onSiteMachine(node, HOLD_DATABASE_DOWN)),
      );
      // By the time that `lasts` is over it undid itself.
      return { undo: async () => {} };
    },
  },
];

/** The zone that has most of what leads. */
async function busiest(site: SiteUnderDrill): Promise<string> {
  const leaders = await Promise.all(site.clusters.map((cluster) => site.leader(cluster)));
  const counts = Map.groupBy(leaders, (leader) => leader?.zone ?? zone(site));
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? zone(site);
}

const ZONES: readonly Drill[] = [
  {
    name: "zone-failed",
    what: "a whole zone loses its power, and has it again later",
    target: { ...AT_ONCE, full: 90 },
    lasts: 20,
    happen: async (site) => {
      const lost = await busiest(site);
      await site.cloud.zones.fail(site.owner, lost);
      return { undo: async () => void (await site.cloud.zones.heal(site.owner, lost)) };
    },
  },
  {
    name: "zone-cut-off",
    what: "a zone is cut off from everything, and is joined again later",
    target: { ...BY_LEASE, portal: 30, full: 90 },
    lasts: 30,
    happen: async (site) => {
      const lost = await busiest(site);
      await site.cloud.zones.cut(site.owner, lost);
      return { undo: async () => void (await site.cloud.zones.heal(site.owner, lost)) };
    },
  },
  {
    name: "zones-parted",
    what: "no zone reaches another, while the cloud and people reach both",
    target: { ...BY_LEASE, scheduling: 60, full: 90 },
    lasts: 30,
    happen: async (site) => {
      await site.cloud.zones.part(site.owner);
      return { undo: async () => void (await site.cloud.zones.heal(site.owner, zone(site))) };
    },
  },
  {
    name: "moved-and-back",
    what: "everything is moved out of one zone by command, and out of the other one then",
    target: { ...AT_ONCE, full: 60 },
    lasts: 10,
    happen: async (site) => {
      const { cloud, name, clock } = site;
      const from = await busiest(site);
      const back = site.zones.find((other) => other !== from) ?? from;
      await failOverSite({ cloud, name, clock, outOf: from });
      const undo = async (): Promise<void> => {
        await whole(site, 60);
        await failOverSite({ cloud, name, clock, outOf: back });
      };
      return { undo };
    },
  },
];

/** Until every part is there, at most for `seconds`. @returns what is not. */
export async function whole(
  site: SiteUnderDrill,
  seconds: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const end = site.clock.now().getTime() + seconds * 1000;
  for (;;) {
    const faults = await site.faults().catch((error: unknown) => [String(error)]);
    const isOver = site.clock.now().getTime() > end || signal?.aborted === true;
    if (faults.length === 0 || isOver) return faults;
    await site.clock.sleep(500, signal);
  }
}

/** Every accident, in the order in which they are done. */
export const DRILLS: readonly Drill[] = [
  ...ZONES.slice(0, 1),
  ...HEADS,
  ...SITE,
  ...ZONES.slice(1),
];
