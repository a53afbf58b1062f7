import type { ExplainSubject, NodeManager, NumberedEvent } from "@sluice/capacity";
import { type Explanation, SluiceError } from "@sluice/model";
import { createFakeSlurm, FakeClock } from "@sluice/slurm/testing";
import { expect, it, onTestFinished } from "vitest";
import { BootReports } from "./boot-reports.ts";
import { buildControlApi } from "./control-api.ts";

const event = (id: number): NumberedEvent => ({ id, time: "", kind: "launched", message: `${id}` });

const UP: Explanation = {
  ...{ subject: { kind: "node", name: "up-1", jobId: null }, time: "", stale: null },
  ...{ state: "up-1 is up and idle", why: ["nothing wants it"], tried: [], left: [], next: [] },
};

/** A node manager with these events so far, each further look finding one more. */
function apiOver(events: readonly NumberedEvent[], later: readonly NumberedEvent[] = []) {
  const slurm = createFakeSlurm({ clock: new FakeClock(), partitions: [] });
  onTestFinished(() => slurm[Symbol.dispose]());
  const here = [...events];
  const toCome = [...later];
  const explained: ExplainSubject[] = [];
  const boots = new BootReports();
  const told: unknown[] = [];
  const manager: Partial<NodeManager> = {
    events: ({ after = 0 } = {}) => {
      const found = here.filter((one) => one.id > after);
      here.push(...toCome.splice(0, 1));
      return found;
    },
    explain: async (subject) => {
      explained.push(subject);
      if ("node" in subject && subject.node === "up-1") return UP;
      throw new SluiceError("JOB_NOT_FOUND", "user", "there is no job 9", { hint: "look" });
    },
  };
  const api = buildControlApi({
    manager: manager as NodeManager,
    slurm: slurm.control,
    slurmVersion: "24.11",
    metrics: async () => "sluice_x 1\n",
    services: ["slurmctld"],
    boots,
    backups: () => undefined,
    tell: (event) => told.push(event),
  });
  return { api, explained, boots, told };
}

it("gives events after one, and where to go on", async () => {
  const { api } = apiOver([event(1), event(2), event(3)]);
  expect((await api.inject("/events?after=1")).json()).toMatchObject({
    events: [{ message: "2" }, { message: "3" }],
    last: 3,
  });
  expect((await api.inject("/events?after=3")).json()).toEqual({ events: [], last: 3 });
  expect((await api.inject("/events?after=x")).json()).toMatchObject({ last: 3 });
});

it("holds the answer until something happens, if asked to", async () => {
  const { api } = apiOver([event(1)], [event(2)]);
  expect((await api.inject("/events?after=1&wait=20")).json()).toMatchObject({
    events: [{ message: "2" }],
    last: 2,
  });
});

it("explains a job or a node, and passes on why it can't", async () => {
  const { api, explained } = apiOver([]);
  const { statusCode, body } = await api.inject("/explain?job=12_3");
  expect(statusCode).toBe(500);
  expect(JSON.parse(body).error).toEqual({
    code: "JOB_NOT_FOUND",
    source: "user",
    message: "there is no job 9",
    hint: "look",
  });
  await api.inject("/explain?node=n1");
  expect(explained).toEqual([{ job: "12_3" }, { node: "n1" }]);
});

it("prints Prometheus's text as it is", async () => {
  const { body, headers } = await apiOver([]).api.inject("/metrics");
  expect([body, headers["content-type"]]).toEqual([
    "sluice_x 1\n",
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
});

it("takes down what another process of the head has to tell", async () => {
  const { api, told } = apiOver([]);
  const payload = { kind: "head-took-over", message: "m-2 took over" };
  expect((await api.inject({ method: "POST", url: "/tell", payload })).statusCode).toBe(200);
  expect(told).toEqual([payload]);
});

it("lists what machines told of their boots, the last of each node, newest first", async () => {
  const { api, boots } = apiOver([]);
  const report = (node: string, ok: boolean) => ({
    ...{ machineId: `m-${node}`, node, role: "compute", at: "2030-01-01T00:00:00Z", ok },
    ...{ steps: [], log: "" },
  });
  for (const one of [report("a", false), report("b", true), report("a", true)]) boots.add(one);
  expect((await api.inject("/boots")).json()).toEqual({
    boots: [report("a", true), report("b", true)],
  });
});

it("explains a node also by its last boot", async () => {
  const { api, boots } = apiOver([]);
  const why = async () => (await api.inject("/explain?node=up-1")).json().why;
  expect(await why()).toEqual(["nothing wants it"]);
  const boot = { machineId: "m", node: "up-1", role: "compute", at: "2030-01-01T00:00:00Z" };
  const steps = [
    { name: "join", milliseconds: 190, ok: true },
    { name: "mounts", milliseconds: 3400, ok: false },
  ];
  boots.add({ ...boot, ok: true, steps: steps.slice(0, 1), log: "" });
  const began = "its last boot, at 2030-01-01T00:00:00Z, took";
  expect((await why()).at(-1)).toBe(`${began} 0.2 s: join 190 ms`);
  boots.add({ ...boot, ok: false, steps, log: "trying\nno such host\n" });
  expect((await why()).at(-1)).toBe(
    `${began} 3.6 s: join 190 ms, mounts 3400 ms; mounts failed: no such host`,
  );
});
