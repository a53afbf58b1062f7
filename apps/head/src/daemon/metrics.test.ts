import type { FleetCensus } from "@sluice/capacity";
import { CloudError, type LaunchRequest, type Machines } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { createFakeSlurm, FakeClock } from "@sluice/slurm/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { measuredMachines, measuredSlurm } from "./measured.ts";
import { Metrics } from "./metrics.ts";
import { buildMetricsApi, METRICS_TYPE } from "./metrics-api.ts";

const EMPTY: FleetCensus = {
  machines: [],
  nodes: [],
  unavailable: [],
  protectedPools: 0,
  cost: { usdPerHour: 0, unpriced: 0 },
};
const request = (node: string): LaunchRequest => ({
  token: node,
  node,
  pool: { queue: "q", computeResource: "c" },
  offering: { instanceType: 'odd"\\type', zone: "z1", market: "spot" },
  userData: "",
  tags: {},
});
const LABELS = 'instance_type="odd\\"\\\\type",zone="z1",market="spot"';

let clock: FakeClock;
let metrics: Metrics;

beforeEach(() => {
  clock = new FakeClock();
  metrics = new Metrics({
    clock,
    version: "1.2.3",
    slurmVersion: "24.11",
    cluster: "demo",
    poolOf: (node) => (node === "n1" ? { queue: "q", computeResource: "c" } : undefined),
  });
});

const text = (census = EMPTY) => metrics.text(census, async () => []);
const event = (kind: string, seconds: number) => ({
  kind,
  time: new Date(seconds * 1000).toISOString(),
  message: "",
  node: "n1",
  machineId: "m-1",
});

/** Answers in order; what is not there is a failure of the call. */
function machinesThat(answers: readonly (CloudError | undefined)[]): Machines {
  const silent = async function* () {};
  return {
    launch: async (requests) =>
      requests.map((_, index) => {
        const error = answers[index];
        if (error !== undefined) return { ok: false, error };
        const machine = { id: `m-${index}` } as never;
        return { ok: true, machine };
      }),
    terminate: async (ids) => ids.map(() => ({ ok: true })),
    list: async () => {
      throw new CloudError("Throttled", "slow down");
    },
    interruptions: silent,
    changes: silent,
  };
}

describe("what machines cost in calls", () => {
  it("counts each launch with its answer, and a throttled call once", async () => {
    const throttled = new CloudError("Throttled", "slow down");
    const machines = measuredMachines(
      machinesThat([
        undefined,
        new CloudError("InsufficientCapacity", "none"),
        throttled,
        throttled,
      ]),
      metrics,
      { intents: () => [] },
    );
    await machines.launch(["a", "b", "c", "d"].map(request), { atomic: false });
    await expect(machines.list()).rejects.toThrow("slow down");
    const shown = await text();
    expect(shown).toContain(`sluice_launch_requests_total{${LABELS}} 4`);
    expect(shown).toContain(`sluice_launch_results_total{${LABELS},result="accepted"} 1`);
    expect(shown).toContain(
      `sluice_launch_results_total{${LABELS},result="insufficient_capacity"} 1`,
    );
    expect(shown).toContain('sluice_throttled_total{call="launch"} 1');
    expect(shown).toContain('sluice_throttled_total{call="list"} 1');
    expect(shown).toContain('sluice_cloud_call_failures_total{call="list",class="throttled"} 1');
  });

  it("counts a machine of nobody once, however often it is asked to go", async () => {
    const machines = measuredMachines(machinesThat([]), metrics, {
      intents: () => [{ machineId: "m-ours" }] as never,
    });
    for (let n = 0; n < 3; n++) await machines.terminate(["m-ours", "m-stray"]);
    expect(await text()).toContain("sluice_orphans_terminated_total 1");
  });

  it("measures from a resume to the first call for that node, not to a later one", async () => {
    const machines = measuredMachines(machinesThat([]), metrics, { intents: () => [] });
    metrics.resumed(["a"]);
    await clock.advance(150);
    await machines.launch([request("a"), request("other")], { atomic: false });
    await clock.advance(5000);
    await machines.launch([request("a")], { atomic: false });
    const shown = await text();
    expect(shown).toContain('sluice_resume_to_launch_seconds_bucket{le="0.1"} 0');
    expect(shown).toContain('sluice_resume_to_launch_seconds_bucket{le="0.2"} 1');
    expect(shown).toContain("sluice_resume_to_launch_seconds_count 1");
  });
});

describe("what Slurm is asked", () => {
  it("is measured, failures by their code", async () => {
    using fake = createFakeSlurm({ clock, partitions: [{ name: "q", nodes: "n1" }] });
    const slurm = measuredSlurm(fake.control, metrics);
    expect(await slurm.nodes()).toHaveLength(1);
    fake.failNextCalls(1);
    await expect(slurm.jobs()).rejects.toBeInstanceOf(SluiceError);
    const shown = await text();
    expect(shown).toContain('sluice_slurm_call_duration_seconds_count{call="nodes"} 1');
    expect(shown).toContain(
      'sluice_slurm_call_failures_total{call="jobs",class="slurm_unreachable"} 1',
    );
  });

  it("is not asked by a scrape that comes soon after another, nor twice while it is away", async () => {
    let asked = 0;
    const jobs = async () => {
      asked += 1;
      if (asked === 2) throw new Error("away");
      return [{ state: "PENDING" }, { state: "PENDING" }, { state: "STOPPED" }] as never;
    };
    const shown = await metrics.text(EMPTY, jobs);
    expect(shown).toContain('sluice_jobs{state="pending"} 2');
    expect(shown).toContain('sluice_jobs{state="other"} 1');
    expect(shown).toContain('sluice_jobs{state="running"} 0');
    await clock.advance(9000);
    await metrics.text(EMPTY, jobs);
    expect(asked).toBe(1);
    await clock.advance(1000);
    const away = await metrics.text(EMPTY, jobs);
    expect(away).toContain("sluice_slurmctld_up 0");
    expect(away).toContain('sluice_jobs{state="pending"} 2');
    await metrics.text(EMPTY, jobs);
    expect(asked).toBe(2);
  });
});

describe("what the node manager tells", () => {
  it("becomes boot times, requeues, interruptions and passes", async () => {
    metrics.happened(event("launched", 100));
    metrics.happened(event("registered", 140));
    metrics.happened(event("registered", 150));
    for (const kind of ["job-requeued", "job-returned", "interruption"])
      metrics.happened({ kind, time: new Date(0).toISOString(), message: "" });
    metrics.passed(0.03, true);
    metrics.passed(60, false);
    const shown = await text();
    const pool = 'queue="q",compute_resource="c"';
    expect(shown).toContain(`sluice_machine_boot_seconds_sum{${pool}} 40`);
    expect(shown).toContain(`sluice_machine_boot_seconds_count{${pool}} 1`);
    expect(shown).toContain('sluice_job_requeues_total{kind="job-returned"} 1');
    expect(shown).toContain("sluice_interruptions_total 1");
    expect(shown).toContain("sluice_pass_duration_seconds_count 2");
    expect(shown).toContain("sluice_passes_failed_total 1");
  });

  it("is a census, of which nothing stays when it is over", async () => {
    const shown = await text({
      machines: [{ labels: { state: "running", market: "spot" }, count: 3 }],
      nodes: [{ labels: { phase: "up", queue: "q" }, count: 3 }],
      unavailable: [{ labels: { cause: "quota" }, count: 2 }],
      protectedPools: 1,
      cost: { usdPerHour: 1.25, unpriced: 1 },
    });
    expect(shown).toContain('sluice_machines{state="running",market="spot"} 3');
    expect(shown).toContain('sluice_nodes{phase="up",queue="q"} 3');
    expect(shown).toContain('sluice_unavailable_offerings{cause="quota"} 2');
    expect(shown).toContain("sluice_protected_pools 1");
    expect(shown).toContain("sluice_cost_usd_per_hour 1.25");
    expect(shown).toContain("sluice_machines_unpriced 1");
    const after = await text();
    expect(after).not.toContain("sluice_machines{");
    expect(after).toContain("sluice_protected_pools 0");
  });
});

describe("what is scraped", () => {
  it("has the text's own type, the version, and the daemon's memory", async () => {
    const { statusCode, headers, body } = await buildMetricsApi(() => text()).inject("/metrics");
    expect(statusCode).toBe(200);
    expect(headers["content-type"]).toBe(METRICS_TYPE);
    expect(body).toContain('sluice_build_info{version="1.2.3",slurm="24.11",cluster="demo"} 1');
    expect(body).toMatch(/^process_resident_memory_bytes \d+/m);
  });
});
