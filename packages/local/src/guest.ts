import type { GuestAccess, SlurmTraits } from "@sluice/cloud";
import type { LocalMachineType } from "@sluice/model";
import { confWithoutCgroups } from "@sluice/slurm";

/** How a local machine proves who it is: a file that only its own root can read. */
export function localGuest(types: ReadonlyMap<string, LocalMachineType>): GuestAccess {
  return {
    identityCommand: "cat /run/sluice-machine/identity",
    isLight: (instanceType) => types.get(instanceType)?.light ?? false,
  };
}

/**
 * Local machines are slices of one host: slurmd sees the host's processors and memory and must
 * believe the file instead, and cgroups are the service's business, not slurmd's.
 */
export function localSlurmTraits(slurmVersion: string): SlurmTraits {
  const isOld = slurmVersion === "22.05";
  const { slurmConf, cgroupConf } = confWithoutCgroups(slurmVersion);
  return {
    slurmConf: {
      // Hundreds of slurmd on one host need no dozen threads each for their connections.
      SlurmdParameters: isOld ? "config_overrides" : "config_overrides,CONMGR_THREADS=2",
      ...slurmConf,
    },
    cgroupConf,
    suspendTimeout: 3,
  };
}
