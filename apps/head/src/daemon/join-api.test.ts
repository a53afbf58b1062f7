import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Interruption, Machine } from "@sluice/cloud";
import { FakeClock } from "@sluice/slurm/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BootReport } from "./boot-reports.ts";
import { buildJoinApi } from "./join-api.ts";

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

const PROOFS: Readonly<Record<string, Machine["role"]>> = {
  "m-1:good": "compute",
  "the login": "login",
  "the head": "head",
};
const TEXT = "# begin\n10.0.0.9 a-1\n# end\n";
const NAMES = { text: TEXT, gzip: gzipSync(TEXT), etag: "abc" };
const KEY = Buffer.from("the key").toString("base64");

function api() {
  const joined: string[] = [];
  const boots: BootReport[] = [];
  const notices: Interruption[] = [];
  const asked: [string, boolean][] = [];
  const clock = new FakeClock();
  const app = buildJoinApi({
    identity: {
      async verify(proof) {
        const role = PROOFS[proof.trim()];
        return role === undefined ? undefined : machine(role);
      },
    },
    mungeKey: Buffer.from("the key"),
    tls: { key: readFileSync(path("key")), cert: readFileSync(path("crt"), "utf8") },
    clock,
    filesFor: (role, { slurm }) => {
      asked.push([role, slurm]);
      return role === "login" ? [{ path: "/etc/x", mode: 0o640, content: "a\nb\n" }] : [];
    },
    onJoin: ({ role, node }) => joined.push(`${role} ${node}`),
    onBoot: (report) => boots.push(report),
    onNotice: (notice) => notices.push(notice),
    names: () => NAMES,
  });
  const post = async (url: string, payload: string) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { statusCode, body } = await app.inject({ method: "POST", url, payload, headers });
    return [statusCode, body] as const;
  };
  const get = (headers: Record<string, string> = {}) =>
    app.inject({ method: "GET", url: "/v1/names", headers });
  return { post, get, clock, joined, boots, notices, asked };
}

describe("joining", () => {
  it("gives a machine of the cluster its name and the key", async () => {
    const { post, joined, asked } = api();
    expect(await post("/v1/join", "m-1:good")).toEqual([200, `a-1\n${KEY}\n`]);
    expect([joined, asked]).toEqual([["compute a-1"], [["compute", false]]]);
  });

  it("gives a login machine files too", async () => {
    const { post, joined, asked } = api();
    const content = Buffer.from("a\nb\n").toString("base64");
    expect(await post("/v1/join?files=slurm", "the login\n")).toEqual([
      200,
      `a-1\n${KEY}\n0640 /etc/x ${content}\n`,
    ]);
    expect([joined, asked]).toEqual([["login a-1"], [["login", true]]]);
  });

  it.each(["", "m-1:bad", "the head", "m-1:bad\nm-1:good"])(
    "gives nobody else anything: %j",
    async (proof) => {
      const { post, joined } = api();
      const [status, body] = await post("/v1/join", proof);
      expect(status).toBe(403);
      expect(body).not.toContain(KEY);
      expect(joined).toEqual([]);
    },
  );
});

describe("what machines tell", () => {
  it("takes how a boot went, whatever else stands there", async () => {
    const { post, boots } = api();
    const text = "packages 12 ok\nnonsense\nmounts 3400 failed\n\ncan't \u001b[31mmount\nthe end";
    expect(await post("/v1/boot", `m-1:good\n${text}`)).toEqual([204, ""]);
    expect(boots).toEqual([
      {
        ...{ machineId: "m-1", node: "a-1", role: "compute", at: "2030-01-01T00:00:00.000Z" },
        ok: false,
        steps: [
          { name: "packages", milliseconds: 12, ok: true },
          { name: "mounts", milliseconds: 3400, ok: false },
        ],
        log: "can't [31mmount\nthe end",
      },
    ]);
  });

  it("takes notices, with and without a deadline", async () => {
    const { post, notices } = api();
    const told = "spot 2030-01-01T00:02:00Z\nmaintenance\nweather\nspot soon-ish-then\n";
    expect(await post("/v1/notice", `m-1:good\n${told}`)).toEqual([204, ""]);
    expect(notices).toEqual([
      { machineId: "m-1", kind: "spot", deadline: new Date("2030-01-01T00:02:00Z") },
      { machineId: "m-1", kind: "maintenance", deadline: undefined },
      { machineId: "m-1", kind: "spot", deadline: undefined },
    ]);
  });

  it.each(["/v1/boot", "/v1/notice"])("takes nothing from strangers at %s", async (url) => {
    const { post, boots, notices } = api();
    expect((await post(url, "m-1:bad\nspot\n"))[0]).toBe(403);
    expect([boots, notices]).toEqual([[], []]);
  });

  it("is not to be flooded, nor with large bodies", async () => {
    const { post, clock } = api();
    const statuses: number[] = [];
    for (let i = 0; i < 25; i++) statuses.push((await post("/v1/notice", "m-1:good\nspot\n"))[0]);
    expect([statuses.filter((s) => s === 204).length, statuses.at(-1)]).toEqual([20, 429]);
    await clock.advance(2000);
    expect((await post("/v1/notice", "m-1:good\nspot\n"))[0]).toBe(204);
    expect((await post("/v1/boot", `m-1:good\n${"x".repeat(70_000)}`))[0]).toBe(413);
  });
});

describe("names of nodes", () => {
  it("go to whoever asks, small when that is understood, and only when they are others", async () => {
    const { get } = api();
    const plain = await get();
    expect([plain.statusCode, plain.body, plain.headers.etag]).toEqual([200, TEXT, '"abc"']);
    const small = await get({ "accept-encoding": "deflate, gzip" });
    expect(small.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(small.rawPayload).toString()).toBe(TEXT);
    const same = await get({ "if-none-match": '"abc"' });
    expect([same.statusCode, same.body]).toEqual([304, ""]);
  });

  it("are not to be flooded", async () => {
    const { get, clock } = api();
    const statuses = new Set<number>();
    for (let i = 0; i < 60; i++) statuses.add((await get()).statusCode);
    expect(statuses).toEqual(new Set([200, 429]));
    await clock.advance(1000);
    expect((await get()).statusCode).toBe(200);
  });
});
