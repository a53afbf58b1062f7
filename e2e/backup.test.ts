import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIGHT } from "./clusters.ts";
import { type Cluster, mainSite, Site } from "./harness.ts";

describe("a cluster that is backed up, lost, and restored elsewhere", () => {
  const site = mainSite();
  const elsewhere = new Site("elsewhere");
  const folder = join(site.run.folder, "backups");
  const key = join(site.run.folder, "backup.key");
  let restored: Cluster | undefined;
  let jobs: Record<"done" | "held" | "after" | "later" | "again" | "once", string>;
  let backup: string;

  const stateOf = (cluster: Cluster, id: string): Promise<string> =>
    cluster.ok("ada", `squeue -h -t all -j ${id} -o %T`);
  const restore = (...words: string[]) =>
    elsewhere.sluice(["restore", "-n", "vault", "--from", backup, ...words], { timeout: 200 });

  beforeAll(async () => {
    const cluster = await site.createCluster("vault", LIGHT);
    const submit = (options: string, command: string): Promise<string> =>
      cluster.ok("ada", `sbatch --parsable -o /dev/null ${options} --wrap '${command}'`);
    const held = await submit("--hold", "test $SLURM_JOB_ID -gt 0");
    jobs = {
      held,
      done: await submit("--wait", "true"),
      after: await submit(`-d afterok:${held}`, "true"),
      later: await submit("--begin=now+1days", "true"),
      again: await submit("--requeue", "[ $SLURM_RESTART_COUNT ] || sleep 900"),
      once: await submit("--no-requeue", "sleep 900"),
    };
    await cluster.until(
      "both to run",
      async () => (await cluster.ok("ada", "squeue -h -t R -o %i")).split("\n").length === 2,
      30,
    );
    await cluster.saved(held);
    expect((await cluster.sluice("backup", "--to", folder)).code).toBe(0);
    expect((await cluster.sluice("backup", "--export-key", key)).code).toBe(0);
    const files = readdirSync(folder);
    expect(files).toHaveLength(2);
    backup = join(folder, files.find((name) => name.endsWith(".tar.zst.age")) ?? "");
    expect(readFileSync(backup).includes("cluster.yaml")).toBe(false);
    const { code, stderr } = await cluster.sluice("delete-cluster", "--yes");
    expect(code, stderr).toBe(0);
  }, 200_000);
  afterAll(() => restored?.[Symbol.asyncDispose]());

  test("with the wrong key, or damaged: nothing is made", async () => {
    const wrong = join(site.run.folder, "wrong.key");
    writeFileSync(wrong, `AGE-SECRET-KEY-1${"Q".repeat(58)}\n`);
    expect((await restore("--key", wrong)).error().code).toMatch(/^BACKUP_KEY_/);
    const bytes = readFileSync(backup);
    const damaged = join(site.run.folder, "damaged.tar.zst.age");
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    writeFileSync(damaged, bytes);
    const refused = await restore("--key", key, "--from", damaged);
    expect(refused.error().code).toBe("BACKUP_DAMAGED");
    expect(await elsewhere.clusterNames()).toEqual([]);
  });

  test("the queue and accounting are as they were", async () => {
    const result = await restore("--key", key);
    expect(result.code, result.stderr).toBe(0);
    const cluster = await elsewhere.cluster("vault");
    restored = cluster;
    expect(await stateOf(cluster, jobs.held)).toBe("PENDING");
    expect(await stateOf(cluster, jobs.after)).toBe("PENDING");
    expect(await stateOf(cluster, jobs.later)).toBe("PENDING");
    const [row] = await cluster.accounting([jobs.done]);
    expect(row).toMatchObject({ id: jobs.done, state: "COMPLETED", user: "ada" });
  });

  test("what waited runs, what ran is requeued or has failed, and numbers go on", async () => {
    const cluster = restored as Cluster;
    await cluster.ok("ada", `scontrol release ${jobs.held}`);
    const states = await cluster.ended([jobs.held, jobs.after, jobs.again, jobs.once], 60);
    expect(states.get(jobs.held)).toBe("COMPLETED");
    expect(states.get(jobs.after)).toBe("COMPLETED");
    expect(states.get(jobs.again)).toBe("COMPLETED");
    expect(states.get(jobs.once)).toBe("NODE_FAIL");
    const next = await cluster.ok("ada", "sbatch --parsable -o /dev/null --wrap true");
    expect(Number(next)).toBe(Math.max(...Object.values(jobs).map(Number)) + 1);
  });

  test("put in the place of what it knows now, which is backed up first", async () => {
    const cluster = restored as Cluster;
    const words = ["--from", backup, "--key", key, "--replace", "--yes"];
    const result = await cluster.sluice("restore", ...words);
    expect(result.code, result.stderr).toBe(0);
    expect(await stateOf(cluster, jobs.held)).toBe("PENDING");
    const { before } = result.json<{ before: string }>();
    expect((await cluster.onHead("root", `test -s ${before}`)).code).toBe(0);
    const listed = await cluster.sluice("backups");
    const { backups } = listed.json<{ backups: readonly { file: string }[] }>();
    expect(backups.map(({ file }) => before.endsWith(file))).toContain(true);
  });
});
