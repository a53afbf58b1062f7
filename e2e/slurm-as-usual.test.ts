import { beforeAll, describe, expect, test } from "vitest";
import { MIXED } from "./clusters.ts";
import { type Cluster, sharedCluster } from "./harness.ts";

describe("what people know of Slurm", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await sharedCluster(MIXED);
  });

  const batch = (options: string, command: string): Promise<string> =>
    cluster.ok("ada", `sbatch --parsable -p burst ${options} --wrap '${command}'`);

  test("a batch job runs as its user", async () => {
    await batch("--wait -o who.out", "id -un; id -u; pwd");
    const uid = await cluster.ok("ada", "id -u");
    expect(uid).not.toBe("0");
    expect((await cluster.ok("ada", "cat who.out")).split("\n")).toEqual(["ada", uid, "/home/ada"]);
    const owner = await cluster.ok("ada", "stat -c %U who.out");
    expect(owner).toBe("ada");
  });

  test("arrays run once for each index, and accounting has each", async () => {
    const id = await batch("--wait --array=1-4 -o array-%a.out", "echo $SLURM_ARRAY_TASK_ID");
    expect(await cluster.ok("ada", "cat array-?.out")).toBe("1\n2\n3\n4");
    const tasks = [1, 2, 3, 4].map((index) => `${id}_${index}`);
    const states = await cluster.ended(tasks, 20);
    expect([...states].toSorted()).toEqual(tasks.map((task) => [task, "COMPLETED"]));
  });

  test("a dependent job starts after the one it waits for, and never after a failed one", async () => {
    const first = await batch("-o /dev/null", "sleep 1; echo first > order.out");
    const second = await batch(`-d afterok:${first} -o /dev/null`, "echo second >> order.out");
    const failing = await batch("-o /dev/null", "exit 3");
    const never = await batch(
      `-d afterok:${failing} --kill-on-invalid-dep=yes -o /dev/null`,
      "echo never >> order.out",
    );
    const states = await cluster.ended([first, second, failing, never], 40);
    expect(states.get(second)).toBe("COMPLETED");
    expect(states.get(failing)).toBe("FAILED");
    expect(states.get(never)).toMatch(/^CANCELLED/);
    expect(await cluster.ok("ada", "cat order.out")).toBe("first\nsecond");
  });

  test("salloc gives nodes to a command", async () => {
    const output = await cluster.ok("ada", "salloc -Q -p burst -N2 srun hostname | sort");
    expect(output.split("\n")).toHaveLength(2);
  });

  test("ranks of a parallel job know who and how many they are", async () => {
    const output = await cluster.ok(
      "ada",
      `srun -p burst -N3 -n3 sh -c 'echo $SLURM_PROCID of $SLURM_NTASKS on $(hostname)' | sort`,
    );
    const ranks = output.split("\n").map((line) => line.split(" on "));
    expect(ranks.map(([rank]) => rank)).toEqual(["0 of 3", "1 of 3", "2 of 3"]);
    expect(new Set(ranks.map(([, host]) => host)).size).toBe(3);
  });

  test("scancel ends running jobs and removes waiting ones", async () => {
    const running = await batch("-o /dev/null", "sleep 600");
    const waiting = await batch("--begin=now+1hour -o /dev/null", "true");
    await cluster.until(
      "the job to run",
      async () => (await cluster.ok("ada", `squeue -h -j ${running} -o %T`)) === "RUNNING",
      30,
    );
    await cluster.ok("ada", `scancel ${running} ${waiting}`);
    const states = await cluster.ended([running, waiting], 20);
    for (const state of states.values()) expect(state).toMatch(/^CANCELLED/);
  });

  test("others' jobs are not mine to cancel", async () => {
    const job = await batch("--begin=now+1hour -o /dev/null", "true");
    const { stderr } = await cluster.onHead("ben", `scancel ${job}`);
    expect(stderr).toMatch(/denied|Invalid user/i);
    expect(await cluster.ok("ada", `squeue -h -j ${job} -o %T`)).toBe("PENDING");
    await cluster.ok("ada", `scancel ${job}`);
  });

  test("sacct and sreport know whose job it was", async () => {
    const id = await batch("--wait -J counted -o /dev/null", "sleep 1");
    const [row] = await cluster.accounting([id]);
    expect(row).toMatchObject({ id, state: "COMPLETED", user: "ada" });
    // Reports end with the last full hour, so this one has no usage yet; it has to be made.
    const report = await cluster.ok("ada", "sreport cluster AccountUtilizationByUser end=now");
    expect(report).toContain("Cluster/Account/User Utilization");
    const user = await cluster.ok(
      "root",
      "sacctmgr -n -P show user ada format=user,defaultaccount",
    );
    expect(user).toBe("ada|users");
  });

  test("root's jobs are refused, by us and by Slurm", async () => {
    const unnamed = await cluster.site.sluice(["run", "-n", cluster.name, "--", "srun", "id"]);
    expect(unnamed.error().code).toBe("ROOT_SUBMISSION");
    expect(unnamed.code).toBe(2);
    const named = await cluster.onHead("root", "sbatch --wrap id");
    expect(named.code).not.toBe(0);
    expect(named.stderr).toContain("Invalid user id");
  });

  test("/home and /shared are the same on every machine, and machines know each other", async () => {
    const peer = `
      echo $(hostname) > /shared/seen.$SLURM_PROCID; echo here > ~/seen.$SLURM_PROCID
      for node in $(scontrol show hostnames "$NODES"); do
        getent hosts $node > /dev/null && bash -c "exec 3<>/dev/tcp/$node/6818" || echo no way to $node
      done
      getent hosts head > /dev/null || echo no head`;
    const output = await cluster.ok(
      "ada",
      `salloc -Q -p cpu -N1 : -p burst -N1 sh -c '
        export NODES=$SLURM_JOB_NODELIST_HET_GROUP_0,$SLURM_JOB_NODELIST_HET_GROUP_1
        echo $NODES >&2
        srun --het-group=0,1 sh -c "$0"' ${quote(peer)}`,
    );
    expect(output).toBe("");
    const seen = await cluster.ok("ada", "cat /shared/seen.0 /shared/seen.1 ~/seen.0 ~/seen.1");
    expect(seen).toMatch(/^cpu-dy-small-\d+\nburst-dy-light-\d+\nhere\nhere$/);
  });

  test("slurmrestd answers on the head with a token, and not without one", async () => {
    const address = "http://127.0.0.1:6820/slurm/v0.0.41/jobs";
    const call = `curl -s -w '\\n%{http_code}' -H "X-SLURM-USER-TOKEN: $TOKEN" ${address}`;
    const answer = await cluster.ok(
      "ada",
      `export $(scontrol token | sed s/^SLURM_JWT/TOKEN/); ${call}`,
    );
    const [body, code] = splitLast(answer);
    expect(code).toBe("200");
    expect(JSON.parse(body)).toMatchObject({ jobs: expect.any(Array) });
    const [, refused] = splitLast(await cluster.ok("ada", `TOKEN=nonsense; ${call}`));
    expect(refused).not.toBe("200");
    const { code: elsewhere } = await cluster.onHead(
      "ada",
      "srun -p burst curl -s http://head:6820/",
    );
    expect(elsewhere, "slurmrestd listens on the head's loopback only").not.toBe(0);
  });
});

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function splitLast(text: string): readonly [string, string] {
  const at = text.lastIndexOf("\n");
  return [text.slice(0, at), text.slice(at + 1)];
}
