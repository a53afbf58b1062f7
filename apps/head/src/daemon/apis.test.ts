import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AwaitedJob, JobVerdict, NodeManager, ResumeRequest } from "@sluice/capacity";
import type { Machine } from "@sluice/cloud";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildHookApi } from "./hook-api.ts";
import { buildJoinApi } from "./join-api.ts";

/** What the hooks and machines do with a node manager, and what it was told. */
class ToldManager {
  readonly resumed: ResumeRequest[] = [];
  readonly suspended: (readonly string[])[] = [];
  readonly awaited: AwaitedJob[] = [];
  readonly joinedNodes: string[] = [];
  starts = 0;
  verdict: JobVerdict | Error = { start: true };

  get manager(): NodeManager {
    const told: Partial<NodeManager> = {
      resume: (request) => void this.resumed.push(request),
      suspend: (nodes) => void this.suspended.push(nodes),
      controllerStarted: () => {
        this.starts += 1;
      },
      joined: (_machineId, node) => void this.joinedNodes.push(node),
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

describe("where machines join", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-join-"));
  const path = (name: string): string => join(folder, name);
  beforeAll(() => {
    const files = ["-keyout", path("key"), "-out", path("crt"), "-subj", "/CN=head", "-nodes"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    execFileSync("openssl", ["req", "-x509", ...key, ...files], { stdio: "ignore" });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const machine = (role: Machine["role"]): Machine => ({
    id: "m-1",
    token: "t",
    role,
    node: "a-1",
    pool: undefined,
    offering: { instanceType: "x", zone: "z", market: "on-demand" },
    state: "running",
    address: "10.0.0.9",
    launchedAt: new Date(0),
    tags: {},
  });

  const api = (told: ToldManager) =>
    buildJoinApi({
      manager: told.manager,
      identity: {
        verify: async (proof) =>
          proof === "m-1:good"
            ? machine("compute")
            : proof === "head"
              ? machine("head")
              : undefined,
      },
      mungeKey: Buffer.from("the key"),
      tls: { key: readFileSync(path("key")), cert: readFileSync(path("crt"), "utf8") },
    });

  it("gives a machine of the cluster its name and the key", async () => {
    const told = new ToldManager();
    const { statusCode, body } = await api(told).inject(post("/v1/join", "m-1:good"));
    expect([statusCode, body]).toEqual([
      200,
      `a-1\n${Buffer.from("the key").toString("base64")}\n`,
    ]);
    expect(told.joinedNodes).toEqual(["a-1"]);
  });

  it.each(["", "m-1:bad", "head"])("gives nobody else anything: %j", async (proof) => {
    const told = new ToldManager();
    const { statusCode, body } = await api(told).inject(post("/v1/join", proof));
    expect(statusCode).toBe(403);
    expect(body).not.toContain(Buffer.from("the key").toString("base64"));
    expect(told.joinedNodes).toEqual([]);
  });
});
