import { expect, test } from "vitest";
import { MIXED } from "./clusters.ts";
import { sharedCluster } from "./harness.ts";

const JOB = `#!/bin/sh
#SBATCH --partition=cpu --nodes=2 --output=main-%j.out
#SBATCH hetjob
#SBATCH --partition=burst --nodes=2
srun --het-group=0,1 sh -c 'echo $(hostname) $SLURM_PROCID of $SLURM_NTASKS'
`;

test("a job over two partitions gets its machines, runs, and its machines go", async () => {
  const cluster = await sharedCluster(MIXED);
  await cluster.until(
    "no machines before",
    async () => (await cluster.instances()).length === 0,
    60,
  );

  const words = ["run", "-n", cluster.name, "-u", "ada", "--", "sbatch", "--parsable"];
  const id = (await cluster.site.sluice(words, { input: JOB })).stdout.trim();
  const seen = await cluster.until(
    "four machines",
    async () => {
      const instances = await cluster.instances();
      return instances.length === 4 && instances;
    },
    30,
  );
  const kinds = seen.map(({ nodeName, instanceType }) =>
    [nodeName.replace(/\d+$/, ""), instanceType].join(" "),
  );
  expect(kinds.toSorted()).toEqual([
    "burst-dy-light- light.small",
    "burst-dy-light- light.small",
    "cpu-dy-small- local.small",
    "cpu-dy-small- local.small",
  ]);

  const states = await cluster.ended([`${id}+0`, `${id}+1`], 30);
  expect([...states.values()]).toEqual(["COMPLETED", "COMPLETED"]);
  const output = await cluster.ok("ada", `sort -k 2 -n main-${id}.out`);
  const ranks = output.split("\n").map((line) => line.split(" "));
  expect(ranks.map(([, ...rank]) => rank.join(" "))).toEqual(
    [0, 1, 2, 3].map((rank) => `${rank} of 4`),
  );
  const hosts = ranks.map(([host]) => host);
  expect(hosts.toSorted()).toEqual(seen.map(({ nodeName }) => nodeName).toSorted());

  await cluster.until(
    "idle machines to go",
    async () => (await cluster.instances()).length === 0,
    30,
  );
  const powered = await cluster.until(
    "nodes to be powered down again",
    async () => {
      const text = await cluster.ok("root", "sinfo -h -o %T | sort -u");
      return text === "idle~" && text;
    },
    30,
  );
  expect(powered).toBe("idle~");
});
