import type { ClusterConfig } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";

/**
 * What the stack says, and what it said before of things that it says nothing of any more.
 *
 * The stack is changed before the head puts a file in force. Until that is done, or when it can't be
 * done, machines still need what only the former file asks for, and the stack still has it.
 */
export function remembered(said: ClusterFacts, before: ClusterFacts | undefined): ClusterFacts {
  if (before === undefined) return said;
  const names = new Set(said.disks.map(({ name }) => name));
  return {
    ...before,
    ...said,
    secrets: { ...before.secrets, ...said.secrets },
    roles: {
      ...said.roles,
      queueProfiles: { ...before.roles.queueProfiles, ...said.roles.queueProfiles },
    },
    disks: [...said.disks, ...before.disks.filter(({ name }) => !names.has(name))],
    fileSystems: { ...before.fileSystems, ...said.fileSystems },
    images: { ...before.images, ...said.images },
  };
}

/** Of all that is remembered, what a head that runs with `config` has. */
export function factsInForce(config: ClusterConfig, all: ClusterFacts): ClusterFacts {
  const places = new Map(
    config.SharedStorage.filter(({ StorageType }) => StorageType === "Ebs").map(
      ({ Name, MountDir }) => [Name, MountDir],
    ),
  );
  const queues = new Set(
    config.Scheduling.SlurmQueues.filter(
      ({ Iam }) => Iam !== undefined && Iam.InstanceProfile === undefined,
    ).map(({ Name }) => Name),
  );
  const { database, ...rest } = all;
  const profiles = Object.entries(all.roles.queueProfiles).filter(([name]) => queues.has(name));
  return {
    ...rest,
    // That of a former file is not asked any more.
    ...(config.Scheduling.SlurmSettings.Database === undefined || database === undefined
      ? {}
      : { database }),
    roles: { ...all.roles, queueProfiles: Object.fromEntries(profiles) },
    disks: all.disks.flatMap((disk) => {
      if (disk.name === undefined) return disk;
      const mountPoint = places.get(disk.name);
      return mountPoint === undefined ? [] : { ...disk, mountPoint };
    }),
  };
}
