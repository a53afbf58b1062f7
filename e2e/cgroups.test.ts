import { expect, test } from "vitest";
import { MIXED } from "./clusters.ts";
import { Site } from "./harness.ts";
import { groupsOf } from "./leftovers.ts";

/** Runs a command where the host's control groups look otherwise; the service starts in there. */
const within = (preparation: string): readonly string[] => [
  ...["unshare", "--mount", "sh", "-c", `${preparation}; exec "$@"`, "sh"],
];

test.for([
  ["as the host has them", "as-is", [], ["cpu", "burst"]],
  [
    "version 2 alone",
    "v2",
    within("umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup"),
    ["cpu", "burst"],
  ],
  ["none at all", "none", within("umount -R /sys/fs/cgroup"), ["burst", "cpu"]],
] as const)("control groups: %s", async ([, name, wrapper, partitions]) => {
  const site = new Site(`cgroups-${name}`, wrapper);
  await using cluster = await site.createCluster(`cgroups-${name}`, MIXED);
  for (const partition of partitions) {
    const output = await cluster.ok("ada", `srun -p ${partition} -N2 hostname | sort`);
    expect(output.split("\n")).toHaveLength(2);
  }
  const groups = groupsOf(cluster.trace.id);
  if (name === "none") expect(groups).toEqual([]);
  else expect(groups.length).toBeGreaterThan(0);
});
