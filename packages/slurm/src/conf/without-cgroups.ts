/** Lines of slurm.conf and cgroup.conf for machines where slurmd gets no control groups. */
export function confWithoutCgroups(slurmVersion: string): {
  readonly slurmConf: Readonly<Record<string, string>>;
  readonly cgroupConf: Readonly<Record<string, string>>;
} {
  return {
    slurmConf: {
      ProctrackType: "proctrack/linuxproc",
      TaskPlugin: "task/none",
      JobAcctGatherType: "jobacct_gather/linux",
    },
    // 22.05 does not know `disabled`; with the plugins above it has no need to look.
    cgroupConf:
      slurmVersion === "22.05"
        ? { CgroupPlugin: "cgroup/v1", CgroupAutomount: "no" }
        : { CgroupPlugin: "disabled" },
  };
}
