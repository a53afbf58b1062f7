import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { startTestWorker, type TestWorker, WORKER_UID } from "@sluice/gateway/testing";
import { SluiceError } from "@sluice/model";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClusterDirectory, ServedCluster } from "../clusters/directory.ts";
import { type Frame, person, startFrame } from "../http/testing/frame.ts";
import { filesImplementations } from "../routes/files.ts";

const PEOPLE = {
  ada: person("ada", [{ role: "user", cluster: "demo", account: "*" }]),
  reader: {
    ...person("reader", [{ role: "read-only", cluster: "demo", account: "*" }]),
    unixUser: "ada",
  },
  admin: person("admin", [{ role: "administrator", cluster: "*", account: "*" }]),
  operator: person("operator", [{ role: "operator", cluster: "*", account: "*" }]),
  stranger: person("stranger", [{ role: "user", cluster: "other", account: "*" }]),
  narrow: person("narrow", [{ role: "user", cluster: "demo", account: "*" }], ["jobs:read"]),
  nobody: {
    ...person("nobody", [{ role: "user", cluster: "demo", account: "*" }]),
    unixUser: undefined,
  },
};
const BASE = "/api/v1/clusters/demo/files";

// Each starts processes, which take their time on a machine that is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let worker: TestWorker;
let frame: Frame;
let home: string;
const audited: { action: string; actingAs?: string; target: string }[] = [];

beforeAll(async () => {
  worker = await startTestWorker();
  home = worker.home;
  const demo = {
    name: "demo",
    gateway: async () => ({
      user: (name: string) => {
        if (name === "ada") return worker.user;
        throw new SluiceError("GATEWAY_USER_UNKNOWN", "user", `the head has no user ${name}`);
      },
    }),
  } as unknown as ServedCluster;
  const clusters = {
    get: async (name: string) => {
      if (name === "demo") return demo;
      throw new SluiceError("CLUSTER_NOT_FOUND", "user", `there is no cluster ${name}`);
    },
  } as unknown as ClusterDirectory;
  const audit = { write: async (entry: (typeof audited)[number]) => void audited.push(entry) };
  frame = await startFrame({
    people: PEOPLE as never,
    implementations: filesImplementations({ clusters, audit }),
    config: { Limits: { RequestsPerMinute: { Address: 100_000, User: 100_000 } } } as never,
  });
});
afterAll(async () => {
  await frame[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
});
beforeEach(() => {
  for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true, force: true });
});

function put(name: string, content: string): string {
  const path = join(home, name);
  writeFileSync(path, content);
  chownSync(path, WORKER_UID, WORKER_UID);
  return path;
}

const at = (route: string, query: Record<string, string | readonly string[]>): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) search.append(name, one as string);
  }
  return `${BASE}${route}?${search}`;
};
const ask = (path: string, init: RequestInit = {}, who = "ada") => frame.ask(path, who, init);
const json = { "content-type": "application/json" };
const post = (route: string, body: unknown, who = "ada", query = "") =>
  ask(
    `${BASE}${route}${query}`,
    { method: "POST", headers: json, body: JSON.stringify(body) },
    who,
  );

describe("who may", () => {
  test("own files only, readers read only, strangers see no cluster", async () => {
    const path = put("a", "content");
    expect((await frame.ask(at("", { path: home }))).status).toBe(401);
    expect((await ask(at("", { path: home }), {}, "stranger")).status).toBe(404);
    expect((await ask(at("", { path: home }), {}, "narrow")).status).toBe(403);
    expect(await (await ask(at("", { path: home }), {}, "nobody")).json()).toMatchObject({
      code: "UNIX_USER_MISSING",
    });
    expect((await ask(at("/content", { path }), {}, "reader")).status).toBe(200);
    const write = { method: "PUT", body: "x", headers: { "content-type": "text/plain" } };
    expect((await ask(at("/content", { path }), write, "reader")).status).toBe(403);
    expect((await ask(at("", { path }), { method: "DELETE" }, "reader")).status).toBe(403);
    expect((await post("/folders", { path: `${home}/x` }, "reader")).status).toBe(403);
    // ada's files are not the operator's.
    expect((await ask(at("/content", { path }), {}, "operator")).status).not.toBe(200);
  });

  test("act as another: administrators, and that is written down, also for reading", async () => {
    const path = put("a", "content");
    expect((await ask(at("/content", { path, as: "ada" }), {}, "operator")).status).toBe(403);
    audited.length = 0;
    const read = await ask(at("/content", { path, as: "ada" }), {}, "admin");
    expect(await read.text()).toBe("content");
    expect(audited).toMatchObject([
      { action: "downloadFile", actingAs: "ada", target: `cluster demo, file ${path}` },
    ]);
    await post("/folders", { path: `${home}/made` }, "admin", "?as=ada");
    expect(frame.audited.at(-1)).toMatchObject({
      action: "makeFolder",
      actingAs: "ada",
      result: "done",
      target: `cluster demo, file ${home}/made`,
    });
  });

  test("what is elsewhere is refused by every route, and no answer has a stack", async () => {
    symlinkSync("/etc", join(home, "etc"));
    const paths = ["/etc/passwd", `${home}/../x`, `${home}/etc/passwd`, "relative", "/"];
    for (const path of paths) {
      const asked = [
        ask(at("", { path })),
        ask(at("/entry", { path })),
        ask(at("/content", { path })),
        ask(at("/search", { path, text: "a" })),
        ask(at("/archive", { path: [path] })),
        ask(at("/content", { path, overwrite: "true" }), { method: "PUT", body: "x" }),
        ask(at("", { path, recursive: "true" }), { method: "DELETE" }),
        post("/folders", { path, parents: true }),
        post("/rename", { from: path, to: `${home}/new` }),
        post("/copy", { from: path, to: `${home}/new` }),
        ask(at("/uploads", { path }), { method: "POST", headers: { "upload-length": "1" } }),
      ];
      for (const answer of await Promise.all(asked)) {
        const text = await answer.text();
        expect(answer.status, `${path} ${answer.url} ${text}`).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(text).not.toMatch(/root:|at .*\.ts:/);
      }
    }
    expect(readFileSync("/etc/passwd", "utf8")).toContain("root:");
  });
});

describe("a download", () => {
  test("is an attachment that no browser runs", async () => {
    const path = put('"><script>\u202e.html', "<script>alert(1)</script>");
    const answer = await ask(at("/content", { path }));
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "content-length": "25",
      "accept-ranges": "bytes",
    });
    expect(answer.headers.get("content-disposition")).toMatch(
      /^attachment; filename="[^"]*"; filename\*=UTF-8''/,
    );
  });

  test("comes in parts, and not again when it is known", async () => {
    const path = put("digits", "0123456789");
    const url = at("/content", { path });
    const part = await ask(url, { headers: { range: "bytes=2-4" } });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
      ...[206, "bytes 2-4/10", "234"],
    ]);
    const etag = part.headers.get("etag") ?? "";
    expect((await ask(url, { headers: { "if-none-match": etag } })).status).toBe(304);
    const same = await ask(url, { headers: { range: "bytes=9-", "if-range": etag } });
    expect(await same.text()).toBe("9");
    const other = await ask(url, { headers: { range: "bytes=9-", "if-range": '"old"' } });
    expect([other.status, await other.text()]).toEqual([200, "0123456789"]);
    const beyond = await ask(url, { headers: { range: "bytes=10-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */10"]);
    const head = await ask(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), head.headers.get("etag")]).toEqual([
      ...[200, "10", etag],
    ]);
    expect(await (await ask(at("/content", { path: put("empty", "") }))).text()).toBe("");
  });

  test("of several is an archive", async () => {
    put("a", "a");
    put("b", "b");
    const path = [join(home, "a"), join(home, "b")];
    const answer = await ask(at("/archive", { path, format: "tar.gz" }));
    expect(answer.headers.get("content-disposition")).toContain('filename="files.tar.gz"');
    const input = Buffer.from(await answer.arrayBuffer());
    expect(execFileSync("tar", ["-tzf", "-"], { input, encoding: "utf8" })).toBe("a\nb\n");
  });
});

describe("changing", () => {
  test("an edit goes over what was read, and not over another's", async () => {
    const path = put("script.sh", "v1");
    const etag = (await ask(at("/content", { path }))).headers.get("etag") ?? "";
    const edit = (body: string, headers: Record<string, string>) =>
      ask(at("/content", { path }), { method: "PUT", body, headers });
    const done = await edit("v2", { "if-match": etag });
    expect(done.status).toBe(200);
    expect((await edit("v3", { "if-match": etag })).status).toBe(412);
    expect((await edit("v3", {})).status).toBe(409);
    expect((await edit("v3", { "if-match": done.headers.get("etag") ?? "" })).status).toBe(200);
    expect(readFileSync(path, "utf8")).toBe("v3");
    const entry = frame.audited.at(-1);
    expect(entry).toMatchObject({ action: "writeFile", detail: { size: 2 } });
    expect(JSON.stringify(frame.audited)).not.toContain("v3");
  });

  test("what the kernel refuses is told", async () => {
    writeFileSync(join(home, "of-root"), "x", { mode: 0o600 });
    chmodSync(join(home, "of-root"), 0o600);
    const path = join(home, "of-root");
    expect(await (await ask(at("/content", { path }))).json()).toMatchObject({
      status: 403,
      code: "FILE_DENIED",
    });
    expect((await ask(at("/content", { path: `${home}/none` }))).status).toBe(404);
    expect((await ask(at("/content", { path: home }))).status).toBe(422);
    expect((await ask(at("/content", { path: `${home}/a\0b` }))).status).toBe(400);
    expect((await ask(at("/content", { path: `${home}/${"a".repeat(300)}` }))).status).toBe(422);
  });

  test("folders are made, listed in pages, renamed, copied, searched and removed", async () => {
    expect((await post("/folders", { path: `${home}/d/e`, parents: true })).status).toBe(201);
    put("d/one", "1");
    put("d/two", "22");
    const first = (await (await ask(at("", { path: `${home}/d`, limit: "2" }))).json()) as {
      readonly next: string;
    };
    expect(first).toMatchObject({ total: 3, items: [{ name: "e" }, { name: "one" }] });
    const next = at("", { path: `${home}/d`, limit: "2", cursor: first.next });
    expect(await (await ask(next)).json()).toMatchObject({ items: [{ name: "two", size: 2 }] });
    expect((await post("/rename", { from: `${home}/d`, to: `${home}/f` })).status).toBe(200);
    expect((await post("/copy", { from: `${home}/f`, to: `${home}/g` })).status).toBe(201);
    const found = await (await ask(at("/search", { path: home, text: "tw" }))).json();
    expect(found).toMatchObject({ complete: true, items: [{ name: "two" }, { name: "two" }] });
    const remove = at("", { path: `${home}/g`, recursive: "true" });
    expect((await ask(remove, { method: "DELETE" })).status).toBe(204);
    expect(readdirSync(home).filter((name) => name !== ".local")).toEqual(["f"]);
  });
});

describe("tus", () => {
  const tus = { "tus-resumable": "1.0.0" };
  const part = { ...tus, "content-type": "application/offset+octet-stream" };

  test("begins, goes on after a break, and ends", async () => {
    const path = join(home, "up load.bin");
    const made = await ask(at("/uploads", { path }), {
      method: "POST",
      headers: { ...tus, "upload-length": "10" },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get("upload-offset")).toBe("0");
    expect(Date.parse(made.headers.get("upload-expires") ?? "")).toBeGreaterThan(Date.now());
    const location = made.headers.get("location") ?? "";
    const send = (offset: number, body: string, headers: Record<string, string> = part) =>
      ask(location, {
        method: "PATCH",
        headers: { ...headers, "upload-offset": `${offset}` },
        body,
      });
    expect((await send(0, "01234")).status).toBe(204);
    expect((await send(0, "01234")).status).toBe(409);
    expect((await send(5, "x", { ...part, "content-type": "text/plain" })).status).toBe(415);
    expect((await send(5, "x", { ...part, "tus-resumable": "0.2.2" })).status).toBe(412);
    const head = await ask(location, { method: "HEAD", headers: tus });
    const [there, length] = ["upload-offset", "upload-length"].map((of) => head.headers.get(of));
    expect([head.status, there, length]).toEqual([200, "5", "10"]);
    const open = await (await ask(`${BASE}/uploads`)).json();
    expect(open).toMatchObject({ items: [{ path, offset: 5, location }] });
    expect((await send(5, "too much of it")).status).toBe(413);
    // As much as fits was taken: what is there is asked for again.
    const { headers } = await ask(location, { method: "HEAD", headers: tus });
    expect([headers.get("upload-offset"), readFileSync(path).length]).toEqual(["10", 10]);
  });

  test("is told at its beginning and its end, not at each of its parts", async () => {
    const told = frame.audited.length;
    const headers = { ...tus, "upload-length": "3" };
    const made = await ask(`${BASE}/uploads?path=${home}/told`, { method: "POST", headers });
    for (const offset of ["0", "1", "2"]) {
      const options = { method: "PATCH", headers: { ...part, "upload-offset": offset }, body: "x" };
      expect((await ask(made.headers.get("location") ?? "", options)).status).toBe(204);
    }
    const all = frame.audited
      .slice(told)
      .map(({ action, detail }) => `${action} ${detail?.offset}`);
    expect(all).toEqual(["createUpload undefined", "writeUpload 3"]);
  });

  test("a connection that breaks off leaves what came", async () => {
    const path = join(home, "broken");
    const made = await ask(at("/uploads", { path }), {
      method: "POST",
      headers: { ...tus, "upload-length": "2000000" },
    });
    const location = made.headers.get("location") ?? "";
    const sending = request(`${frame.url}${location}`, {
      method: "PATCH",
      headers: {
        ...part,
        authorization: "Bearer ada",
        "upload-offset": "0",
        "content-length": "2000000",
      },
    });
    sending.on("error", () => undefined);
    sending.write(Buffer.alloc(1_000_000, "a"));
    const offset = async () => {
      const head = await ask(location, { method: "HEAD", headers: tus });
      return Number(head.headers.get("upload-offset"));
    };
    const [name = ""] = readdirSync(home).filter((one) => /^\.sluice-upload-[^.]*$/.test(one));
    await expect
      .poll(() => readFileSync(join(home, name)).length, { timeout: 20_000 })
      .toBeGreaterThan(100_000);
    sending.destroy();
    const from = await offset();
    expect(from).toBeGreaterThan(100_000);
    const rest = await ask(location, {
      method: "PATCH",
      headers: { ...part, "upload-offset": String(from) },
      body: Buffer.alloc(2_000_000 - from, "a"),
    });
    expect([rest.status, rest.headers.get("upload-offset")]).toEqual([204, "2000000"]);
    expect(readFileSync(path).equals(Buffer.alloc(2_000_000, "a"))).toBe(true);
  });

  test("is given up, and then it is gone", async () => {
    const made = await ask(at("/uploads", { path: join(home, "x") }), {
      method: "POST",
      headers: { ...part, "upload-length": "10" },
      body: "012",
    });
    expect(made.headers.get("upload-offset")).toBe("3");
    const location = made.headers.get("location") ?? "";
    expect((await ask(location, { method: "DELETE", headers: tus })).status).toBe(204);
    expect((await ask(location, { method: "HEAD", headers: tus })).status).toBe(404);
    expect(readdirSync(home).filter((name) => name.startsWith(".sluice"))).toEqual([]);
  });

  test("refuses lengths that are none", async () => {
    for (const length of ["-1", "1e3", "", "99999999999999999"]) {
      const answer = await ask(at("/uploads", { path: join(home, "x") }), {
        method: "POST",
        headers: { ...tus, "upload-length": length },
      });
      expect(answer.status, length).toBe(400);
    }
  });
});

test("a file is followed as events, whose ids go on where they were", async () => {
  const path = put("log", "grün");
  const stop = new AbortController();
  const answer = await ask(at("/follow", { path }), { signal: stop.signal });
  let seen = "";
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) seen += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  await expect
    .poll(() => seen, { timeout: 20_000 })
    .toContain('id: 5\nevent: content\ndata: {"text":"grün","offset":5}');
  writeFileSync(path, "other");
  writeFileSync(path, "x");
  await expect.poll(() => seen, { timeout: 20_000 }).toContain("event: restart");
  stop.abort();
  await reading;
  const again = await ask(at("/follow", { path: put("log2", "abcdef") }), {
    headers: { "last-event-id": "4" },
    signal: AbortSignal.timeout(5000),
  });
  const reader = again.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toContain('"text":"ef","offset":6');
  await reader?.cancel();
});
