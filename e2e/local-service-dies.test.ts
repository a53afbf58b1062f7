import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LIGHT } from "./clusters.ts";
import { Site, until } from "./harness.ts";
import { isAlive, processesWith } from "./leftovers.ts";

test("the service of the local cloud and its guard may be killed in any order", async () => {
  const site = new Site("guarded");
  await using cluster = await site.createCluster("guarded", LIGHT);

  const service = (): number | undefined => {
    const pid = Number(readFileSync(join(site.state, "service", "pid"), "utf8"));
    return pid > 0 && isAlive(pid) ? pid : undefined;
  };
  const guards = (): readonly number[] =>
    processesWith("sluice-local-guard")
      .filter(({ command }) => command.includes(`${site.run.dist}/`))
      .map(({ pid }) => pid)
      .filter((pid) => stateOf(pid) === site.state);
  const kill = (...pids: (number | undefined)[]): void => {
    for (const pid of pids) if (pid !== undefined) process.kill(pid, "SIGKILL");
  };
  const answers = async (): Promise<boolean> =>
    (await cluster.onHead("root", CLOUD)).stdout.startsWith("[");

  const long = await cluster.ok(
    "ada",
    "sbatch --parsable -N2 -o long.out --wrap 'srun hostname; sleep 20; srun hostname'",
  );
  await cluster.until(
    "the job to run",
    async () => (await cluster.ok("ada", `squeue -h -j ${long} -o %T`)) === "RUNNING",
    30,
  );
  const machines = (await cluster.instances()).map(({ instanceId }) => instanceId);

  const first = service();
  kill(first);
  const second = await until(
    "its guard to start it",
    async () => service() !== first && service(),
    10,
  );
  await until("it to answer", answers, 10);

  const [guard] = guards();
  kill(guard);
  await until(
    "the service to start a guard",
    async () => guards().length === 1 && !guards().includes(guard ?? 0),
    10,
  );
  expect(service(), "the service goes on").toBe(second);
  kill(second);
  const third = await until(
    "the new guard to start it",
    async () => service() !== second && service(),
    10,
  );

  // Both at once: nobody is left to start them, until somebody asks for something.
  kill(...guards(), third);
  await until("both to be gone", async () => service() === undefined && guards().length === 0, 10);
  expect((await cluster.instances()).map(({ instanceId }) => instanceId)).toEqual(machines);
  expect(service()).not.toBe(third);
  expect(guards()).toHaveLength(1);

  await cluster.ok("ada", "srun -N4 hostname");
  const states = await cluster.ended([long], 60);
  expect(states.get(long)).toBe("COMPLETED");
  expect((await cluster.ok("ada", "cat long.out")).split("\n")).toHaveLength(4);
  const [row] = await cluster.accounting([long], { duplicates: true });
  expect(row?.state).toBe("COMPLETED");
});

/** What the head sees of its cloud. */
const CLOUD = "curl -s --unix-socket /run/sluice-cloud/cloud.sock http://cloud/machines";

function stateOf(pid: number): string | undefined {
  const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return environment.find((one) => one.startsWith("SLUICE_STATE_DIR="))?.split("=")[1];
}
