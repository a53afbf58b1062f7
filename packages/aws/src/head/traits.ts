import { existsSync, readFileSync } from "node:fs";
import { PROLOG_PATTERN } from "@sluice/boot";
import type { SlurmTraits } from "@sluice/cloud";
import { confWithoutCgroups } from "@sluice/slurm";

/**
 * A machine that is told to go shuts its system down first, slurmd at its beginning. Its node can't be
 * powered up again within that time.
 */
const SUSPEND_SECONDS = 30;

/**
 * EC2's machines are real ones: what Sluice renders is for such. Slurm's own programs for control
 * groups need those of version 2 or 1, which every image has that boots by itself.
 *
 * @param hasCgroups whether the head has, which boots the same system as the machines.
 */
export function awsSlurmTraits(slurmVersion: string, hasCgroups = hostHasCgroups()): SlurmTraits {
  // No name service knows the nodes: each machine keeps their names, anew before each job.
  const names = { Prolog: PROLOG_PATTERN };
  if (hasCgroups) return { slurmConf: names, cgroupConf: {}, suspendTimeout: SUSPEND_SECONDS };
  const { slurmConf, cgroupConf } = confWithoutCgroups(slurmVersion);
  return { slurmConf: { ...names, ...slurmConf }, cgroupConf, suspendTimeout: SUSPEND_SECONDS };
}

/** What Slurm's plugin for version 2 can't do without. */
const CONTROLLERS = ["cpuset", "cpu", "memory"];

/**
 * slurmd makes groups of its own, for which one of the two hierarchies has to hand out controllers. A
 * system may have the second mounted while the first has the controllers, and then Slurm takes neither.
 */
export function hostHasCgroups(root = "/sys/fs/cgroup"): boolean {
  const unified = `${root}/cgroup.controllers`;
  if (!existsSync(unified)) return existsSync(`${root}/freezer/tasks`);
  const controllers = readFileSync(unified, "utf8").trim().split(" ");
  return CONTROLLERS.every((name) => controllers.includes(name));
}
