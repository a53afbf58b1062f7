import { request } from "node:http";
import { auditRoutes } from "@sluice/api";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../harness.ts";
import { ask, clientOf, type Person, serverSite, siteOfServer } from "./site.ts";

interface SlurmAnswer {
  readonly job_id?: number;
  readonly jobs?: readonly { readonly job_id: number; readonly user_name: string }[];
  readonly errors: readonly { readonly error_number: number; readonly error: string }[];
  readonly code?: string;
}

const JSON_TYPE = { "content-type": "application/json" };

const waiting = (name: string, more: object = {}) => ({
  job: {
    name,
    script: "#!/bin/sh\ntrue\n",
    partition: "burst",
    current_working_directory: "/tmp",
    environment: ["PATH=/usr/bin:/bin"],
    begin_time: { set: true, infinite: false, number: Math.floor(Date.now() / 1000) + 86_400 },
    ...more,
  },
});

async function submit(
  person: Person | undefined,
  body: unknown,
  headers: Record<string, string> = {},
  place = "/slurm/v0.0.41",
): Promise<{ readonly status: number; readonly answer: SlurmAnswer }> {
  const response = await ask(`${place}/job/submit`, person, {
    method: "POST",
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as SlurmAnswer };
}

const { cluster } = siteOfServer();

afterAll(async () => {
  await cluster.ok("root", "scancel --user=ada; scancel --user=ben");
});

/** As ada, with the path as it stands here. */
function raw(method: string, path: string, body = ""): Promise<{ status: number; text: string }> {
  const { url, tokens } = serverSite();
  const headers = { authorization: `Bearer ${tokens.ada}`, ...(body === "" ? {} : JSON_TYPE) };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, path, headers }, async (response) => {
      let text = "";
      for await (const part of response.setEncoding("utf8")) text += part;
      resolve({ status: response.statusCode ?? 0, text });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

async function audited(wanted: { actingAs: string; result: string }): Promise<void> {
  const { items } = await clientOf("admin").call(auditRoutes.listAudit, { query: { limit: 50 } });
  expect(items).toContainEqual(expect.objectContaining(wanted));
}

describe("clients of slurmrestd, unchanged", () => {
  it("come in by its own headers, with a token of this server's", async () => {
    const { tokens } = serverSite();
    const headers = { "x-slurm-user-name": "ada", "x-slurm-user-token": tokens.ada };
    const { status, answer } = await submit(undefined, waiting("own-headers"), headers);
    expect([status, answer.errors]).toEqual([200, []]);
    const owner = await cluster.ok("root", `squeue -h -j ${answer.job_id} -o %u`);
    expect(owner).toBe("ada");
  });

  it("come in by Bearer, and by a token of Slurm's", async () => {
    const [, jwt = ""] = (await cluster.ok("ben", "scontrol token lifespan=300")).split("=");
    for (const headers of [
      { authorization: `Bearer ${jwt}` },
      { "x-slurm-user-name": "ben", "x-slurm-user-token": jwt },
      { authorization: `Bearer ${serverSite().tokens.ben}` },
    ]) {
      const response = await ask("/slurm/v0.0.41/ping", undefined, { headers });
      expect(response.status).toBe(200);
    }
    const last = jwt.at(-3) === "A" ? "B" : "A";
    const changed = `${jwt.slice(0, -3)}${last}${jwt.slice(-2)}`;
    const headers = { authorization: `Bearer ${changed}` };
    expect((await ask("/slurm/v0.0.41/ping", undefined, { headers })).status).toBe(401);
  });

  it("find every version of the cluster, the latest, and each cluster by name", async () => {
    for (const path of [
      "/slurm/v0.0.40/partitions",
      "/slurm/v0.0.42/partitions/",
      "/slurm/latest/partition/burst",
      `/clusters/${cluster.name}/slurm/latest/nodes`,
      "/slurmdb/latest/users",
      "/slurm/v0.0.41/jobs?flags=DETAIL",
      "/openapi/v3",
    ]) {
      const response = await ask(path, "ada");
      expect([path, response.status]).toEqual([path, 200]);
    }
  });

  it("are answered by slurmctld's own words", async () => {
    const { status, answer } = await submit("ada", waiting("refused", { partition: "none" }));
    expect(status).toBe(500);
    expect(answer.errors[0]).toMatchObject({ error_number: 2000 });
    const gone = await ask("/slurm/v0.0.41/job/99999999", "ada");
    expect(((await gone.json()) as SlurmAnswer).errors[0]).toMatchObject({ error_number: 2017 });
  });

  it("get a problem that they can read where it is not Slurm that says no", async () => {
    const response = await ask("/slurm/v0.0.99/jobs", "ada");
    const answer = (await response.json()) as SlurmAnswer;
    expect(response.status).toBe(404);
    expect(answer.code).toBe("SLURM_OPERATION_NOT_FOUND");
    expect(answer.errors[0]?.error).toBe("SLURM_OPERATION_NOT_FOUND");
  });
});

describe("users are themselves", () => {
  it("and nobody else, whatever the headers say", async () => {
    for (const name of ["ben", "root", "slurm", "nobody", "../ben", "ben,ada"]) {
      const headers = { "x-slurm-user-name": name };
      const response = await ask("/slurm/v0.0.41/jobs", "ada", { headers });
      expect([name, response.status]).toEqual([name, name === "ben,ada" ? 401 : 403]);
    }
    await audited({ actingAs: "ben", result: "refused" });
    const other = await submit("ada", waiting("as-ben", { user_id: "ben" }));
    expect(other.answer.errors[0]).toMatchObject({ error_number: 2010 });
  });

  it("but administrators may be users, which is written down, and never root", async () => {
    const ben = { "x-slurm-user-name": "ben" };
    const { status, answer } = await submit("admin", waiting("by-admin"), ben);
    expect(status).toBe(200);
    expect(await cluster.ok("root", `squeue -h -j ${answer.job_id} -o %u`)).toBe("ben");
    await audited({ actingAs: "ben", result: "done" });
    const root = { headers: { "x-slurm-user-name": "root" } };
    expect((await ask("/slurm/v0.0.41/jobs", "admin", root)).status).toBe(403);
    const slurm = { "x-slurm-user-name": "slurm" };
    expect((await ask("/slurm/v0.0.41/jobs", "admin", { headers: slurm })).status).toBe(200);
    expect((await submit("admin", waiting("as-slurm"), slurm)).status).toBe(403);
  });

  it("and who is nobody on the cluster does nothing there", async () => {
    expect((await ask("/slurm/v0.0.41/jobs", "rita")).status).toBe(403);
    expect((await ask("/slurm/v0.0.41/jobs", "admin")).status).toBe(403);
    expect((await ask("/slurm/v0.0.41/jobs")).status).toBe(401);
    const headers = { "x-slurm-user-name": "nosuchuser" };
    const nobody = await ask("/slurm/v0.0.41/jobs", "admin", { headers });
    expect(nobody.status).toBeGreaterThanOrEqual(400);
    expect(nobody.status).toBeLessThan(500);
  });

  it("and cannot cancel another's job", async () => {
    const { answer } = await submit("ada", waiting("not-bens"));
    const path = `/slurm/v0.0.41/job/${answer.job_id}`;
    await ask(path, "ben", { method: "DELETE" });
    expect(await cluster.ok("root", `squeue -h -j ${answer.job_id} -o %T`)).toBe("PENDING");
  });
});

describe("what slurmrestd does not have does not reach it", () => {
  it.each([
    ["GET", "/slurm/v0.0.41/%2e%2e/%2e%2e/openapi", undefined],
    ["GET", "/slurm/v0.0.41/job/1%2f2", undefined],
    ["GET", "/slurm/v0.0.41/job/1%0d%0aX-SLURM-USER-NAME:%20root", undefined],
    ["GET", "/slurm/v0.0.41/jobs?user=%0d%0a", undefined],
    ["GET", "/slurm/v0.0.41/jobs?anything=1", undefined],
    ["PUT", "/slurm/v0.0.41/jobs", "{}"],
    ["POST", "/slurm/v0.0.41/job/submit", "{"],
    ["POST", "/slurm/v0.0.41/job/submit", "{}"],
    ["POST", "/slurm/v0.0.41/job/submit", '{"job":"x"}'],
    ["POST", "/slurm/v0.0.41/job/submit", '{"job":{"group_id":"root","script":"#!/bin/sh"}}'],
    ["POST", "/slurm/v0.0.41/job/submit", `{"job":${"[".repeat(5000)}${"]".repeat(5000)}}`],
    ["POST", "/slurm/v0.0.41/job/submit", '{"job":{"__proto__":{"a":1}}}'],
  ])("%s %s", async (method, path, body) => {
    const { status, text } = await raw(method, path, body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text).not.toMatch(/\bat .+:\d+:\d+|node_modules/);
  });

  it("nor does a body that is too large, of which nothing is read", async () => {
    const { url, tokens } = serverSite();
    const authorization = `Bearer ${tokens.ada}`;
    const headers = { ...JSON_TYPE, authorization, "content-length": String(9 << 20) };
    const asked = request(`${url}/slurm/v0.0.41/job/submit`, { method: "POST", headers });
    asked.flushHeaders();
    const status = await new Promise((resolve, reject) => {
      asked.on("response", ({ statusCode }) => resolve(statusCode)).on("error", reject);
    });
    asked.destroy();
    expect(status).toBe(413);
  });

  it("and slurmrestd was not ended by any of it", async () => {
    const restarts = await cluster.ok("root", "systemctl show -p NRestarts --value slurmrestd");
    expect(restarts).toBe("0");
  });
});

it("a hundred readers are one to slurmctld", async () => {
  const path = "/slurm/v0.0.41/reservations";
  const before = await cluster.ok("root", "journalctl -u slurmrestd -o cat | wc -l");
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(path, "ada")));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  const count = `journalctl -u slurmrestd -o cat | tail -n +${Number(before) + 1} | grep -c 'GET ${path}'`;
  // Each request is two lines of the journal.
  expect(Number(await cluster.ok("root", count))).toBeLessThanOrEqual(6);
});

it("slurmrestd killed under load: an answer or a problem to everybody, and then it goes on", async () => {
  let isOver = false;
  const seen = new Set<number>();
  const reader = async (i: number) => {
    while (!isOver) {
      const response = await ask(`/slurm/v0.0.41/job/${i + 1}`, i % 2 === 0 ? "ada" : "ben");
      const answer = (await response.json()) as SlurmAnswer;
      seen.add(response.status);
      expect(Array.isArray(answer.errors)).toBe(true);
    }
  };
  const readers = Array.from({ length: 10 }, (_, i) => reader(i));
  for (let i = 0; i < 2; i++) {
    await cluster.ok("root", "systemctl kill -s KILL slurmrestd");
    await until(
      "slurmrestd to answer again",
      async () => (await ask("/slurm/v0.0.41/ping", "ada")).status === 200,
      30,
    );
  }
  isOver = true;
  await Promise.all(readers);
  const others = [...seen].filter((status) => ![200, 404, 500, 502, 503].includes(status));
  expect(others).toEqual([]);
});
