import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runChaos } from "./chaos/chaos.ts";
import { CHAOS } from "./chaos/cluster-file.ts";
import { Site } from "./harness.ts";

/** One schedule of many: `npm run chaos` takes others, and longer ones. */
const SEED = 3;

test("everything breaks at once: each job ends once, and nothing is left", async ({ signal }) => {
  await using cluster = await new Site("chaos").createCluster("chaos", CHAOS);
  const said: string[] = [];
  const report = await runChaos(cluster, {
    ...{ seed: SEED, seconds: 40, jobs: 100, gap: 1.6, calmSeconds: 300, signal },
    // Accounting that dies together with slurmctld loses ends that nobody else knows: the long run
    // copes with that, in its own time.
    without: ["kill slurmdbd", "kill mariadb"],
    evidence: join(tmpdir(), `sluice-chaos-${SEED}-${process.pid}`),
    say: (line) => said.push(line),
    show: () => {},
  });
  expect(report.problems, said.join("\n")).toEqual([]);
  expect(report.jobs).toBe(100);
}, 500_000);
