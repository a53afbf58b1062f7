import type { AwaitedJob, JobVerdict, NodeManager, ResumeRequest } from "@sluice/capacity";
import { describe, expect, it } from "vitest";
import { buildHookApi } from "./hook-api.ts";

/** What the hooks do with a node manager, and what it was told. */
class ToldManager {
  readonly resumed: ResumeRequest[] = [];
  readonly suspended: (readonly string[])[] = [];
  readonly awaited: AwaitedJob[] = [];
  starts = 0;
  verdict: JobVerdict | Error = { start: true };

  get manager(): NodeManager {
    const told: Partial<NodeManager> = {
      resume: (request) => void this.resumed.push(request),
      suspend: (nodes) => void this.suspended.push(nodes),
      controllerStarted: () => {
        this.starts += 1;
      },
      awaitJob: async (job) => {
        this.awaited.push(job);
        if (this.verdict instanceof Error) throw this.verdict;
        return this.verdict;
      },
    };
    return told as NodeManager;
  }
}

const post = (url: string, payload: string) =>
  ({
    method: "POST",
    url,
    payload,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  }) as const;

describe("what slurmctld's hooks call", () => {
  it("takes nodes and jobs of a resume request, whole allocations", async () => {
    const told = new ToldManager();
    const file = JSON.stringify({
      all_nodes_resume: "a-[1-2]",
      jobs: [{ job_id: 7, nodes_alloc: "a-[1-3]", nodes_resume: "a-[1-2]" }],
    });
    const { statusCode } = await buildHookApi(told).inject(post("/resume", `a-[1-2]\n${file}`));
    expect(statusCode).toBe(200);
    expect(told.resumed).toEqual([
      { nodes: ["a-1", "a-2"], jobs: [{ id: 7, nodes: ["a-1", "a-2", "a-3"] }] },
    ]);
  });

  it("does without SLURM_RESUME_FILE, and with one that it can't read", async () => {
    const told = new ToldManager();
    const api = buildHookApi(told);
    await api.inject(post("/resume", "a-1\n"));
    await api.inject(post("/resume", "a-1\n{half"));
    expect(told.resumed).toEqual([{ nodes: ["a-1"] }, { nodes: ["a-1"] }]);
  });

  it("tells the prolog to start, to give back, or nothing that it would take for either", async () => {
    const told = new ToldManager();
    const api = buildHookApi(told);
    expect((await api.inject(post("/prolog?job=9", "a-[1-2]\n"))).body).toBe("start");
    expect(told.awaited).toEqual([{ jobId: 9, nodes: ["a-1", "a-2"] }]);
    told.verdict = { start: false, reason: "no capacity" };
    expect((await api.inject(post("/prolog?job=9", "a-1\n"))).body).toBe("give-back");
    told.verdict = new Error("stopping");
    expect((await api.inject(post("/prolog?job=9", "a-1\n"))).body).not.toMatch(
      /^(start|give-back)$/,
    );
  });

  it("hears of nodes to suspend from both programs", async () => {
    const told = new ToldManager();
    const api = buildHookApi(told);
    await api.inject(post("/suspend", "a-[1-2]\n"));
    await api.inject(post("/resume-fail", "b-1\n"));
    expect(told.suspended).toEqual([["a-1", "a-2"], ["b-1"]]);
  });

  it("hears that slurmctld was started", async () => {
    const told = new ToldManager();
    const { statusCode } = await buildHookApi(told).inject(post("/slurmctld-started", ""));
    expect([statusCode, told.starts]).toEqual([200, 1]);
  });
});
