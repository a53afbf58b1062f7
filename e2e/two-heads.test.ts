import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TWO_HEADS } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

/** Seconds from the end of a head to a new job that ran; a quarter of it where nothing else runs. */
const TAKE_OVER_SECONDS = 60;

interface HeadNode {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly availabilityZone: string;
  readonly role: "leading" | "standing-by" | "starting";
}

describe("two heads", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("twins", TWO_HEADS);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const heads = async (): Promise<readonly HeadNode[]> =>
    (await cluster.sluice("describe-cluster")).json<{ headNodes: readonly HeadNode[] }>().headNodes;
  const inRole = async (role: HeadNode["role"]): Promise<HeadNode | undefined> =>
    (await heads()).find((head) => head.role === role);
  const succeed = async (verb: string, ...args: string[]): Promise<void> => {
    const { code, stderr } = await cluster.sluice(verb, ...args);
    expect(code, stderr).toBe(0);
  };
  const accident = async (verb: string, machine: string): Promise<void> => {
    const words = ["local", verb, "-n", cluster.name, machine];
    const { code, stderr } = await cluster.site.sluice(words);
    expect(code, stderr).toBe(0);
  };

  /** The head that leads, once there is another one that could. */
  const whole = async (): Promise<HeadNode> => {
    await cluster.until("a head to stand by", async () => inRole("standing-by"), 90);
    const leader = await inRole("leading");
    if (leader === undefined) throw new Error("no head leads");
    return leader;
  };

  /** A job that writes down that it lives, five times a second, and that slurmctld has saved. */
  const beating = async (file: string): Promise<string> => {
    const script = `while [ ! -e ${file}.end ]; do date +%s.%N >> ${file}; sleep 0.2; done`;
    const id = await cluster.ok("ada", `sbatch --parsable -o /dev/null --wrap '${script}'`);
    await cluster.until(
      "the job to beat",
      async () => (await cluster.onHead("ada", `test -s ${file}`)).code === 0,
      30,
    );
    // A job that began in the last seconds before its slurmctld died begins again.
    await cluster.saved(id);
    return id;
  };

  /** Ends it, and gives the longest time in which it did not write. */
  const longestSilence = async (id: string, file: string): Promise<number> => {
    await cluster.ok("ada", `touch ${file}.end`);
    expect((await cluster.ended([id], 40)).get(id)).toBe("COMPLETED");
    expect(await cluster.accounting([id], { duplicates: true })).toHaveLength(1);
    const times = (await cluster.ok("ada", `cat ${file}`)).split("\n").map(Number);
    return Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? time)));
  };

  /** Until another head than `former` answers for the cluster and a new job ran there; in seconds. */
  const takenOver = async (what: string, former: HeadNode, from: number): Promise<void> => {
    const since = (): number => (performance.now() - from) / 1000;
    const ask = (script: string) => cluster.onHead("ada", script, { timeout: 10 });
    await cluster.until(
      "another head to lead",
      async () => {
        const leader = await inRole("leading");
        return leader !== undefined && leader.instanceId !== former.instanceId;
      },
      TAKE_OVER_SECONDS,
    );
    await cluster.until("squeue", async () => (await ask("squeue")).code === 0, 30);
    const answered = since();
    await cluster.until("a job", async () => (await ask("srun -N1 true")).code === 0, 30);
    const ran = since();
    process.stdout.write(
      `two heads: ${what}: squeue after ${answered.toFixed(1)} s, a job after ${ran.toFixed(1)} s\n`,
    );
    expect(ran).toBeLessThan(TAKE_OVER_SECONDS);
  };

  test("are made in two zones; one leads, and has the cluster's address", async () => {
    const leader = await whole();
    const both = await heads();
    expect(both.map(({ nodeName }) => nodeName).toSorted()).toEqual(["head-1", "head-2"]);
    expect(new Set(both.map(({ availabilityZone }) => availabilityZone)).size).toBe(2);
    expect(await cluster.ok("root", "hostname; getent hosts head")).toMatch(/^head\n\S+\.2 +head$/);
    expect(await cluster.ok("ada", "srun -N2 hostname | sort")).toMatch(/light-1\n.*light-2$/);
    expect(leader.role).toBe("leading");
  });

  test("the one that leads dies: the other one takes over, and another one stands by", async () => {
    const leader = await whole();
    const id = await beating("killed");
    const from = performance.now();
    await accident("kill-machine", "head");
    await takenOver("killed", leader, from);
    expect(await longestSilence(id, "killed")).toBeLessThan(2);
    expect((await whole()).instanceId).not.toBe(leader.instanceId);
  });

  test("the one that leads stands still: it is taken off, and does no harm", async () => {
    const leader = await whole();
    const id = await beating("frozen");
    const from = performance.now();
    const frozen = processesOf(cluster, leader.instanceId);
    for (const pid of frozen) signal(pid, "SIGSTOP");
    await takenOver("frozen", leader, from);
    for (const pid of frozen) signal(pid, "SIGCONT");
    expect(await longestSilence(id, "frozen")).toBeLessThan(2);
    const now = await whole();
    expect(now.instanceId).not.toBe(leader.instanceId);
  });

  test("the one that leads is cut off: it stops by itself, and stands by once it is back", async () => {
    const leader = await whole();
    const id = await beating("cut");
    const from = performance.now();
    await accident("cut-machine", leader.instanceId);
    await takenOver("cut off", leader, from);
    // Nothing that only a head may run is left there, although nobody could tell it to stop.
    const running = () =>
      processesOf(cluster, leader.instanceId).filter((pid) => /slurmctld/.test(commandOf(pid)));
    expect(running()).toEqual([]);
    await accident("heal-machine", leader.instanceId);
    const back = await cluster.until("it to stand by", async () => inRole("standing-by"), 30);
    expect(back.instanceId).toBe(leader.instanceId);
    expect(running()).toEqual([]);
    expect(await longestSilence(id, "cut")).toBeLessThan(2);
  });

  test("the one that stands by dies: nobody notices, and it is made anew", async () => {
    const leader = await whole();
    const other = await inRole("standing-by");
    await accident("kill-machine", other?.nodeName ?? "");
    await cluster.ok("ada", "srun -N1 true");
    await cluster.until(
      "a new one to stand by",
      async () => {
        const now = await inRole("standing-by");
        return now !== undefined && now.instanceId !== other?.instanceId;
      },
      60,
    );
    expect((await inRole("leading"))?.instanceId).toBe(leader.instanceId);
  });

  test("stopped and started: both are off, and one leads again", async () => {
    const held = await cluster.ok("ada", "sbatch --parsable --hold -o /dev/null --wrap true");
    await cluster.saved(held);
    await succeed("stop-cluster");
    expect((await cluster.sluice("describe-cluster")).json()).not.toHaveProperty("headNodes");
    await succeed("start-cluster");
    expect(await cluster.ok("ada", `squeue -h -j ${held} -o %T`)).toBe("PENDING");
    await whole();
  });
});

/** Host process numbers of all that runs in a machine, its launcher left out. */
function processesOf(cluster: Cluster, machine: string): readonly number[] {
  const launcher = launcherOf(cluster, machine);
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(Number(entry));
    if (parent !== undefined)
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const below = (pid: number): readonly number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(launcher);
}

function launcherOf(cluster: Cluster, machine: string): number {
  const file = `${cluster.site.state}/service/local.sqlite`;
  const store = new DatabaseSync(file, { readOnly: true });
  try {
    const row = store.prepare("SELECT pid FROM machines WHERE id = ?").get(machine);
    return Number((row as { pid: number }).pid);
  } finally {
    store.close();
  }
}

function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === "" ? undefined : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It went in between.
  }
}
