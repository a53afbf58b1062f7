import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BROKEN } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

interface Fleet {
  readonly status: string;
  readonly protected: readonly {
    readonly queue: string;
    readonly computeResource: string;
    readonly failures: number;
    readonly nextProbe: string | null;
    readonly reason: string | null;
    readonly console: readonly string[];
  }[];
}

interface Explanation {
  readonly state: string;
  readonly why: readonly string[];
  readonly tried: readonly { readonly offering: string | null; readonly answer: string }[];
  readonly left: readonly { readonly instanceType: string }[];
  readonly next: readonly { readonly time: string | null; readonly what: string }[];
}

describe("a compute resource whose machines never boot", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("broken", BROKEN);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const fleet = async (): Promise<Fleet> =>
    (await cluster.sluice("describe-compute-fleet")).json<Fleet>();
  const explain = async (...subject: string[]): Promise<Explanation> =>
    (await cluster.sluice("explain", ...subject)).json<Explanation>();
  /** This one has nowhere else to go. */
  let pinned = "";

  test("is protected, with its last words; its jobs go elsewhere; who follows events sees it", async () => {
    const following = cluster.site.start(["events", "-n", cluster.name, "--follow"]);
    let seen = "";
    following.stdout?.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
    });
    pinned = await cluster.ok("ben", "sbatch --parsable -w mixed-dy-dead-3 --wrap true");
    const ids = await cluster.ok(
      "ada",
      "for i in 1 2; do sbatch --parsable -p mixed -o /dev/null --wrap 'srun true'; done",
    );
    const broken = await cluster.until(
      "the fleet to be PROTECTED",
      async () => {
        const now = await fleet();
        return now.status === "PROTECTED" && now;
      },
      30,
    );
    expect(broken.protected).toMatchObject([
      { queue: "mixed", computeResource: "dead", reason: expect.stringContaining("not register") },
    ]);
    expect(broken.protected[0]?.failures).toBeGreaterThanOrEqual(2);
    expect(Date.parse(broken.protected[0]?.nextProbe ?? "")).toBeGreaterThan(Date.now());

    const states = await cluster.ended(ids.split("\n"), 40);
    expect([...states.values()]).toEqual(["COMPLETED", "COMPLETED"]);
    const rows = await cluster.accounting(ids.split("\n"));
    expect(rows.map(({ nodes }) => nodes).join(" ")).toMatch(
      /^mixed-dy-good-\d+ mixed-dy-good-\d+$/,
    );

    const { console } = (await fleet()).protected[0] ?? { console: [] };
    expect(console.join("\n")).toContain("systemd");
    const events = () =>
      seen
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { readonly kind: string; readonly message: string });
    await cluster.until(
      "the event to be shown to who follows",
      async () =>
        events().some(({ kind, message }) => kind === "protected" && /mixed\/dead/.test(message)),
      20,
    );
    following.kill("SIGINT");
    await once(following, "close");
  });

  test("why, what was tried and what happens next is explained", async () => {
    const job = await explain("--job", pinned);
    expect(job.state).toContain(`job ${pinned} waits`);
    expect(job.why.join("\n")).toContain("mixed/dead is protected since");
    expect(job.tried.map(({ offering }) => offering)).toContain("local.dead/local/on-demand");
    expect(job.left.map(({ instanceType }) => instanceType)).not.toContain("local.dead");
    const probe = job.next.find(({ what }) => what === "one machine of mixed/dead is tried");
    expect(Date.parse(probe?.time ?? "")).toBeGreaterThan(Date.now());

    const node = await explain("--node", "mixed-dy-dead-3");
    expect(node.why.join("\n")).toContain("mixed/dead is protected since");
    expect(node.next).toContainEqual(probe);
    const text = await cluster.sluice("explain", "--job", pinned, "--output", "text");
    expect(text.stdout).toContain("mixed/dead is protected since");
  });

  test("metrics on the head tell of it, and of money, and not beyond the head", async () => {
    const said = await cluster.ok("root", "curl -si http://127.0.0.1:9820/metrics");
    expect(said).toMatch(/^content-type: text\/plain; version=0\.0\.4/im);
    const value = (metric: string): number =>
      Number(
        said
          .split("\n")
          .find((line) => line.startsWith(`${metric} `))
          ?.split(" ")[1],
      );
    expect(value("sluice_protected_pools")).toBe(1);
    expect(value("sluice_slurmctld_up")).toBe(1);
    expect(value('sluice_machines{state="running",market="on-demand"}')).toBeGreaterThan(0);
    expect(value('sluice_nodes{phase="up",queue="mixed"}')).toBeGreaterThan(0);
    expect(value("sluice_cost_usd_per_hour")).toBeGreaterThan(0);
    expect(value('sluice_jobs{state="pending"}')).toBe(1);
    // A machine that was tried meanwhile and did not boot either is one more.
    expect(value('sluice_events_total{kind="protected"}')).toBeGreaterThan(0);
    const outside = await cluster.onHead("root", "curl -s http://$(hostname):9820/metrics");
    expect(outside.code).toBe(7);
  });

  test("starting the fleet has its machines tried again", async () => {
    const before = (await explain("--job", pinned)).tried.length;
    const { code, stderr } = await cluster.sluice("update-compute-fleet", "--status", "start");
    expect(code, stderr).toBe(0);
    await cluster.until(
      "another machine to be asked for",
      async () => (await explain("--job", pinned)).tried.length > before,
      30,
    );
    expect(await fleet()).toMatchObject({ status: "RUNNING", protected: [] });
    await cluster.ok("ben", `scancel ${pinned}`);
    await cluster.until(
      "no machine of it to be left",
      async () =>
        !(await cluster.instances()).some(({ instanceType }) => instanceType === "local.dead"),
      30,
    );
  });
});
