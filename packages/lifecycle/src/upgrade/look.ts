import type { ClusterRecord } from "@sluice/cloud";
import {
  type ClusterConfig,
  type InstalledCluster,
  type InstalledSlurm,
  osOfSlurm,
  planUpgrade,
  SLURM_RELEASES,
  SluiceError,
  type SlurmRelease,
  slurmOfOs,
  slurmRelease,
  type UpgradeStep,
} from "@sluice/model";
import type { ClusterOperation } from "../operation.ts";
import { type HeadFile, headFile } from "../replace-head.ts";
import { nodeVersions } from "./nodes.ts";

/** To which Slurm: by its release, or by the system that brings it. */
export interface UpgradeWish {
  readonly slurm?: string;
  readonly imageOs?: string;
}

export interface UpgradeTarget {
  readonly release: SlurmRelease;
  readonly os: string;
}

/** Throws `UPGRADE_UNKNOWN`. */
export function upgradeTarget({ slurm, imageOs }: UpgradeWish): UpgradeTarget {
  const asked = slurm === undefined ? undefined : slurmRelease(slurm);
  if (slurm !== undefined && asked === undefined) {
    throw unknown(`${JSON.stringify(slurm)} is no release of Slurm that is known here`);
  }
  const os = imageOs ?? (asked === undefined ? undefined : osOfSlurm(asked));
  if (os === undefined) {
    throw unknown(
      asked === undefined ? "no release is named" : `no image of Debian brings Slurm ${asked}`,
    );
  }
  const release = slurmOfOs(os);
  if (release === undefined) throw unknown(`which Slurm ${JSON.stringify(os)} brings is not known`);
  if (asked !== undefined && asked !== release) {
    throw unknown(`${os} brings Slurm ${release}, and not ${asked}`);
  }
  return { release, os };
}

function unknown(message: string): SluiceError {
  const known = SLURM_RELEASES.flatMap((release) => {
    const os = osOfSlurm(release);
    return os === undefined ? [] : [`${release} (${os})`];
  });
  return new SluiceError("UPGRADE_UNKNOWN", "user", message, {
    hint: `there are ${known.join(", ")}`,
  });
}

/** What of Slurm a cluster has now; its accounting apart. */
export async function installedCluster(
  operation: ClusterOperation,
  record: ClusterRecord,
  config: ClusterConfig,
): Promise<InstalledCluster> {
  const queues = config.Scheduling.SlurmQueues.map(({ Name }) => Name);
  const nodes = await nodeVersions(operation, queues);
  return {
    name: record.name,
    heads: (record.heads ?? []).map(({ machine, role, os }) => ({
      name: machine.node,
      version: slurmOfOs(os ?? "") ?? os ?? "of an image that somebody built",
      leads: role === "leading",
    })),
    queues: queues.map((name) => ({
      name,
      versions: [
        ...new Set(nodes.flatMap(({ queue, version }) => (queue === name ? (version ?? []) : []))),
      ],
    })),
    clients: [],
  };
}

/** The file of its heads with the system of the target. Errors: `UPGRADE_REFUSED`, those of `headFile`. */
export function upgradedFile(record: ClusterRecord, { os }: UpgradeTarget): HeadFile {
  const file = headFile(record, { imageOs: os });
  const { Local, LoginNodes } = file.before;
  if (Local?.Image !== undefined) {
    throw refused(
      `the machines of ${record.name} boot ${Local.Image}, an image that somebody built`,
      {
        hint: "upgrades go from one image of Debian to the next",
      },
    );
  }
  if (LoginNodes !== undefined) {
    throw refused(`${record.name} has login nodes, which an upgrade does not make anew`, {
      hint: "take LoginNodes out of its file (update-cluster), upgrade, and put them in again",
    });
  }
  return file;
}

export function refused(message: string, { hint }: { readonly hint: string }): SluiceError {
  return new SluiceError("UPGRADE_REFUSED", "user", message, { hint });
}

/** Throws `UPGRADE_REFUSED` where Slurm can't go there, with what would do. */
export function stepsTo(
  present: InstalledSlurm,
  { release }: UpgradeTarget,
): readonly UpgradeStep[] {
  const plan = planUpgrade(present, release);
  if (plan.ok) return plan.steps;
  throw new SluiceError("UPGRADE_REFUSED", "user", plan.why, { hint: plan.suggestion });
}
