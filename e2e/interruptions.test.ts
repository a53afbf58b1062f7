import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CALLED_BACK, CHECKPOINT_GRACE } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

interface Notice {
  readonly instanceId: string;
  readonly node: string;
  readonly deadline: string;
}

interface Event {
  readonly time: string;
  readonly kind: string;
  readonly message: string;
}

describe("machines that are called back", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("recalled", CALLED_BACK);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  /** Nodes that were called back, to be seen in service again. */
  const recalled = new Set<string>();
  const interrupt = async (node: string, ...options: string[]): Promise<Notice> => {
    recalled.add(node);
    const words = ["local", "interrupt-machine", "-n", cluster.name, node, ...options];
    return (await cluster.site.sluice(words)).json<Notice>();
  };
  /** A batch job of ada's; `script` is in single quotes. */
  const submit = (options: string, script: string): Promise<string> =>
    cluster.ok("ada", `sbatch --parsable -p spot -o /dev/null ${options} --wrap '${script}'`);
  const shown = (node: string): Promise<string> =>
    cluster.ok("root", `scontrol -o show node ${node}`);
  const nodeOf = (id: string): Promise<string> =>
    cluster.ok("root", `squeue -h -j ${id} -t R -o %N`);
  /** Lines of a file in ada's home. */
  const lines = async (file: string): Promise<readonly string[]> =>
    (await cluster.ok("ada", `cat ${file} 2>/dev/null || true`)).split("\n").filter(Boolean);
  const begun = (...files: string[]): Promise<boolean> =>
    cluster.until(
      `jobs to write ${files.join(", ")}`,
      async () => (await Promise.all(files.map(lines))).every((found) => found.length > 0),
      30,
    );
  const noted = (node: string): Promise<boolean> =>
    cluster.until(
      "the node to say why it takes no more jobs",
      async () => / Reason=sluice: .* at \d\d:\d\d:\d\d UTC/.test(await shown(node)),
      10,
    );
  const gone = ({ instanceId }: Notice): Promise<boolean> =>
    cluster.until(
      "the machine to be gone",
      async () => !(await cluster.instances()).some((one) => one.instanceId === instanceId),
      20,
    );
  /** What the node manager did with a job. */
  const handling = async (id: string): Promise<readonly Event[]> => {
    const { events } = (await cluster.sluice("events", "--job", id)).json<{ events: Event[] }>();
    return events.filter(({ kind }) => kind.startsWith("job-"));
  };

  test("spot runs out: others come at their full price, and it is said", async () => {
    // Each waits for the others, so that none has the machine of one that is over.
    const ids = await cluster.ok(
      "ada",
      `mkdir four; for i in 1 2 3 4; do sbatch --parsable -p spot -o /dev/null --wrap '
        touch four/$SLURM_JOB_ID
        until [ $(ls four | wc -l) -ge 4 ]; do sleep 0.1; done
        srun true'; done`,
    );
    const states = await cluster.ended(ids.split("\n"), 30);
    expect([...states.values()]).toEqual(Array(4).fill("COMPLETED"));
    const { instances } = (
      await cluster.sluice("describe-cluster-instances", "--node-type", "ComputeNode")
    ).json<{ instances: readonly { capacityType: string }[] }>();
    const markets = instances.map(({ capacityType }) => capacityType);
    expect(markets.toSorted()).toEqual(["ONDEMAND", "SPOT", "SPOT", "SPOT"]);
    const { events } = (await cluster.sluice("events")).json<{ events: readonly Event[] }>();
    const refusals = events.filter(({ kind }) => kind === "offering-unavailable");
    expect(refusals.map(({ message }) => message).join("\n")).toContain("light.few/local/spot: ");
  });

  test("a person's drain and reason outlive the machine", async () => {
    const node = await cluster.ok("ada", "srun -p spot hostname");
    await cluster.ok("root", `scontrol update nodename=${node} state=drain reason="fan is loud"`);
    await gone(await interrupt(node, "--in", "2s"));
    // Another machine that is called back and goes shows that the node manager has been at work.
    const other = await cluster.ok("ada", "srun -p spot hostname");
    await gone(await interrupt(other, "--in", "60s"));
    expect(await shown(node)).toMatch(/State=\S*DRAIN.* Reason=fan is loud/);
    await cluster.ok("root", `scontrol update nodename=${node} state=resume`);
  });

  test("a batch job runs elsewhere before its machine goes", async () => {
    // The first time it stays until it is called back; the second time it is done at once.
    const id = await submit(
      "-N2",
      `echo "$(date +%s) $SLURM_JOB_NODELIST $(hostname)" >> moved; [ $(wc -l < moved) -ge 2 ] || sleep 600`,
    );
    await begun("moved");
    const node = (await lines("moved"))[0]?.split(" ")[2] ?? "";
    const notice = await interrupt(node, "--in", "40s");
    await noted(node);

    expect((await cluster.ended([id], 30)).get(id)).toBe("COMPLETED");
    const [at = "", nodes = ""] = (await lines("moved"))[1]?.split(" ") ?? [];
    expect(Number(at) * 1000).toBeLessThan(Date.parse(notice.deadline));
    const names = await cluster.ok("root", `scontrol show hostnames ${nodes}`);
    expect(names.split("\n")).not.toContain(node);
    await gone(notice);
    expect(Date.now()).toBeLessThan(Date.parse(notice.deadline));
  });

  test("a signal comes once, with time for a checkpoint, whatever dies meanwhile", async () => {
    const id = await submit(
      "--signal=B:USR1@60",
      `echo start >> saving
      [ $(grep -c start saving) -lt 2 ] || exit 0
      trap "echo signal >> saving; sleep 3; echo saved >> saving" USR1
      sleep 600 & wait; wait; sleep 600`,
    );
    // This one has ended when its time is over.
    const brief = await submit(
      "--signal=B:USR1@60",
      `echo start >> brief; trap "echo saved >> brief; exit 0" USR1; sleep 600 & wait`,
    );
    await begun("saving", "brief");
    for (const job of [id, brief]) await interrupt(await nodeOf(job), "--in", "60s");
    await cluster.until("the signal", async () => (await lines("saving")).includes("signal"), 10);
    await cluster.ok("root", "systemctl kill -s KILL sluice-head");

    const states = await cluster.ended([id, brief], 40);
    expect(Object.fromEntries(states)).toEqual({ [id]: "COMPLETED", [brief]: "COMPLETED" });
    expect(await lines("saving")).toEqual(["start", "signal", "saved", "start"]);
    expect(await lines("brief")).toEqual(["start", "saved"]);
    const told = await handling(id);
    expect(told.map(({ kind }) => kind)).toEqual(["job-signalled", "job-requeued"]);
    const [signalled = 0, requeued = 0] = told.map(({ time }) => Date.parse(time));
    // To the second: the time is counted from before the signal is sent.
    expect(requeued - signalled).toBeGreaterThan((CHECKPOINT_GRACE - 1) * 1000);
  });

  test("a job that can't be requeued has its machine to the end", async () => {
    const id = await submit("--no-requeue", "echo start >> stubborn; sleep 600");
    await begun("stubborn");
    const node = await nodeOf(id);
    const notice = await interrupt(node, "--in", "6s");
    await noted(node);
    expect(await shown(node)).toMatch(/State=\S*DRAIN/);
    expect(await nodeOf(id)).toBe(node);

    expect((await cluster.ended([id], 30)).get(id)).toBe("NODE_FAIL");
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(notice.deadline));
    expect(await handling(id)).toEqual([]);
  });

  test("maintenance some time ahead: what runs ends in peace, and nothing new begins", async () => {
    const id = await submit("", "echo start >> calm; while [ ! -e enough ]; do sleep 0.2; done");
    await begun("calm");
    const node = await nodeOf(id);
    const notice = await interrupt(node, "--kind", "maintenance", "--in", "1h");
    await noted(node);
    expect(await shown(node)).toMatch(/State=\S*DRAIN/);
    expect(await nodeOf(id)).toBe(node);
    await cluster.ok("ada", "touch enough");
    expect((await cluster.ended([id], 20)).get(id)).toBe("COMPLETED");
    await gone(notice);
  });

  test("every node that lost its machine serves again", async () => {
    const nodes = [...recalled];
    await cluster.until(
      `${nodes.join(", ")} to be ready for jobs`,
      async () => (await Promise.all(nodes.map(shown))).every((node) => isReady(node)),
      40,
    );
    const list = nodes.join(",");
    const said = await cluster.ok("ada", `srun -p spot -N${nodes.length} -w ${list} hostname`);
    expect(said.split("\n").toSorted()).toEqual(nodes.toSorted());
  });
});

/** Up, or without a machine and free to be asked for. */
function isReady(node: string): boolean {
  const state = /State=(\S+)/.exec(node)?.[1] ?? "";
  return /^IDLE\+CLOUD(\+POWERED_DOWN)?$/.test(state);
}
