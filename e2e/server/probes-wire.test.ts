import { once } from "node:events";
import { connect } from "node:net";
import { filesRoutes, type RunView, runsRoutes } from "@sluice/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectUnharmed } from "./probes/after.ts";
import { asked, type Operation, operations } from "./probes/operations.ts";
import { faultsOf, JSON_TYPE, type Probe } from "./probes/probe.ts";
import { SECRET } from "./probes/verdict.ts";
import { type Answer, send, sendBytes } from "./probes/wire.ts";
import { clientOf, serverSite, siteOfServer } from "./site.ts";

let all: readonly Operation[] = [];
const { cluster } = siteOfServer();
const FILES = "/api/v1/clusters/demo/files";

beforeAll(async () => {
  all = await operations();
});

describe("what is hardly HTTP", () => {
  const bearer = `authorization: Bearer ${serverSite().tokens.ada}`;
  const next = `GET /api/v1/audit HTTP/1.1\r\nhost: x\r\n${bearer}\r\n\r\n`;
  const chunked = `0\r\n\r\n${next}`;
  const post = (...lines: readonly string[]) =>
    ["POST /api/v1/applications/validation HTTP/1.1", "host: x", bearer, ...lines].join("\r\n");
  const get = (path: string, ...lines: readonly string[]) =>
    [`GET ${path} HTTP/1.1`, "connection: close", ...lines, "", ""].join("\r\n");
  const json = "content-type: application/json";

  it.each([
    [
      "both lengths",
      `${post(json, "content-length: 4", "transfer-encoding: chunked")}\r\n\r\n${chunked}`,
    ],
    [
      "both, the other way",
      `${post(json, "transfer-encoding: chunked", "content-length: 4")}\r\n\r\n${chunked}`,
    ],
    [
      "two lengths",
      `${post(json, "content-length: 0", `content-length: ${next.length}`)}\r\n\r\n${next}`,
    ],
    ["a list of lengths", `${post(json, `content-length: 0, ${next.length}`)}\r\n\r\n${next}`],
    ["a length with a sign", `${post(json, "content-length: +0")}\r\n\r\n${next}`],
    ["a length in hex", `${post(json, "content-length: 0x0")}\r\n\r\n${next}`],
    ["a length below nothing", `${post(json, "content-length: -1")}\r\n\r\n${next}`],
    ["an encoding that is none", `${post(json, "transfer-encoding: xchunked")}\r\n\r\n${chunked}`],
    [
      "an encoding twice",
      `${post(json, "transfer-encoding: chunked, identity")}\r\n\r\n${chunked}`,
    ],
    ["a tab before the colon", `${post(json, "transfer-encoding\t: chunked")}\r\n\r\n${chunked}`],
    ["a folded header", `${post(json, "transfer-encoding:\r\n chunked")}\r\n\r\n${chunked}`],
    ["a bare line feed", `${post(json, "x: y\ntransfer-encoding: chunked")}\r\n\r\n${chunked}`],
    [
      "a chunk's size that is none",
      `${post(json, "transfer-encoding: chunked")}\r\n\r\n-1\r\nx\r\n${chunked}`,
    ],
    [
      "a chunk that is too large",
      `${post(json, "transfer-encoding: chunked")}\r\n\r\nffffffffffffffffff\r\nx`,
    ],
    ["a zero byte in a header", get("/api/v1/audit", "host: x", bearer, "x: a\0b")],
    ["a line end in a header", get("/api/v1/audit", "host: x", bearer, "x: a\rX-Evil: 1")],
    ["no host", get("/api/v1/audit", bearer)],
    ["two hosts", get("/api/v1/audit", "host: a", "host: b", bearer)],
    ["a name with a space", get("/api/v1/audit", "host: x", bearer, "x y: z")],
    [
      "very many headers",
      get(
        "/api/v1/audit",
        "host: x",
        bearer,
        ...Array.from({ length: 3000 }, (_, i) => `h${i}: v`),
      ),
    ],
    ["a long header", get("/api/v1/audit", "host: x", bearer, `x: ${"y".repeat(100_000)}`)],
    ["a long address", get(`/api/v1/audit?${"x".repeat(100_000)}`, "host: x", bearer)],
    ["a zero byte in the address", get("/api/v1/audit\0", "host: x", bearer)],
    ["another scheme", get("http://evil.example/api/v1/audit", "host: x", bearer)],
    ["a climb", get("/api/v1/../../etc/passwd", "host: x", bearer)],
    ["two slashes", get("//api/v1/audit", "host: x", bearer)],
    ["an old version", "GET /api/v1/audit\r\n\r\n"],
    ["TLS", Buffer.from("16030100c8010000c40303", "hex").toString("latin1")],
    ["a proxy's words", `PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\n${next}`],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("%s: one refusal and an end", async (_what, bytes) => {
    const answer = await sendBytes(Buffer.from(bytes, "latin1"), 10_000);
    expect(answer.bytes).not.toMatch(/^HTTP\/1\.1 (?:2|5)/m);
    // Whatever was hidden behind it is no request of its own.
    expect(answer.bytes.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(answer.bytes).not.toMatch(/X-Evil|node:|\bat \w+ \(/i);
    if (answer.status > 0) {
      expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
      expect(JSON.parse(answer.body)).toMatchObject({ code: expect.any(String) });
    }
  });

  it("methods that an address does not have are refused", async () => {
    const paths = Map.groupBy(all, ({ of, path }) => `${of} ${path}`);
    const probes = [...paths.values()].flatMap((there): readonly Probe[] => {
      const [operation] = there as [Operation];
      if (operation.of === "slurm" && !operation.path.includes("v0.0.42")) return [];
      const known = new Set([...there.map(({ method }) => method), "HEAD"]);
      return ["GET", "PUT", "PATCH", "DELETE", "POST", "OPTIONS", "TRACE", "PROPFIND"]
        .filter((method) => !known.has(method))
        .map((method) => {
          const path = asked(operation, "x");
          return {
            what: method,
            operation,
            method,
            person: "ada",
            path,
            // Slurm takes `submit` for the number of a job.
            expected: [400, 403, 404, 405, 422],
          };
        });
    });
    expect(probes.length).toBeGreaterThan(500);
    expect(await faultsOf(probes)).toEqual([]);
  });

  it("those that send slowly keep nobody else waiting", async () => {
    const { hostname, port } = new URL(serverSite().url);
    const slow = Array.from({ length: 200 }, () => connect(Number(port), hostname));
    try {
      await Promise.all(slow.map((socket) => once(socket, "connect")));
      for (const [i, socket] of slow.entries()) {
        socket.on("error", () => {});
        socket.write(i % 2 === 0 ? "GET / HT" : `${post(json, "content-length: 1000")}\r\n\r\n{`);
      }
      const began = performance.now();
      expect((await send({ path: "/api/v1/session", person: "ada" })).status).toBe(200);
      expect(performance.now() - began).toBeLessThan(2000);
    } finally {
      for (const socket of slow) socket.destroy();
    }
  });
});

describe("links that lead out of a home", () => {
  const home = "/home/ada/links";
  const LINKS: Readonly<Record<string, string>> = {
    etc: "/etc",
    shadow: "/etc/shadow",
    passwd: "/etc/passwd",
    root: "/",
    ben: "/home/ben",
    bens: "/home/ben/kept",
    up: "../../..",
    self: "/proc/self/environ",
    state: "/run/sluice",
    spool: "/var/spool/slurmctld",
    key: "/etc/slurm",
    loop: "loop",
  };

  beforeAll(async () => {
    await cluster.ok("ben", `umask 077; echo ${SECRET} > ~/kept`);
    const links = Object.entries(LINKS).map(([name, to]) => `ln -s ${to} ${home}/${name}`);
    await cluster.ok("ada", `mkdir -p ${home}; ${links.join("; ")}`);
  });

  afterAll(async () => {
    await cluster.ok("ada", `rm -rf ${home}`);
    await cluster.ok("ben", "rm -f ~/kept");
  });

  /** By each, and by what would be behind it. */
  const places = Object.keys(LINKS).flatMap((name) =>
    ["", "/passwd", "/kept", "/../ben/kept", "/x/y"].map((more) => `${home}/${name}${more}`),
  );

  const verdict = ({ bytes, status, body }: Answer, place: string) =>
    bytes.includes(SECRET) || /root:[x*!]:/.test(body) || status >= 500 || status === 0
      ? [`${place}: ${status} ${body.slice(0, 200)}`]
      : [];

  it("are not gone through to read", async () => {
    const faults: string[] = [];
    const there = places.map((place) => `if test -e '${place}'; then echo '${place}'; fi`);
    const existing = (await cluster.ok("root", there.join("\n"))).split("\n");
    for (const place of places) {
      const path = encodeURIComponent(place);
      for (const route of ["/content", "", "/archive", "/search", "/follow"]) {
        const more = route === "/search" ? "&text=e" : route === "/archive" ? "&format=zip" : "";
        const answer = await send({ path: `${FILES}${route}?path=${path}${more}`, person: "ada" });
        faults.push(...verdict(answer, `${route} ${place}`));
        // A link is a thing of its own, and may be put into an archive as one.
        if (route === "/archive" || answer.status >= 400) continue;
        // What is not there yet may be waited for.
        if (route === "/follow" && !existing.includes(place)) continue;
        if (route === "" && place === `${home}/up/../ben/kept`) continue;
        faults.push(`${route} ${place}: ${answer.status} ${answer.body.slice(0, 100)}`);
      }
    }
    expect(faults).toEqual([]);
  });

  it("are not gone through to write, make, move, copy or remove", async () => {
    const faults: string[] = [];
    const before = await cluster.ok("root", "ls /; ls -la /etc /home/ben; cat /home/ben/kept");
    for (const name of Object.keys(LINKS)) {
      const place = `${home}/${name}/probe-made`;
      const path = encodeURIComponent(place);
      const tus = [
        ["upload-length", "1"],
        ["tus-resumable", "1.0.0"],
      ] as const;
      const post = { method: "POST", person: "ada", headers: [JSON_TYPE] } as const;
      const mine = `${home}/mine`;
      const answers = [
        await send({
          method: "PUT",
          path: `${FILES}/content?path=${path}`,
          person: "ada",
          body: "x",
        }),
        await send({
          method: "POST",
          path: `${FILES}/uploads?path=${path}`,
          person: "ada",
          headers: tus,
        }),
        await send({
          ...post,
          path: `${FILES}/folders`,
          body: JSON.stringify({ path: place, parents: true }),
        }),
        await send({
          ...post,
          path: `${FILES}/rename`,
          body: JSON.stringify({ from: `${home}/${name}/passwd`, to: mine }),
        }),
        await send({
          ...post,
          path: `${FILES}/copy`,
          body: JSON.stringify({ from: `${home}/${name}/passwd`, to: mine }),
        }),
        await send({
          method: "DELETE",
          path: `${FILES}?path=${encodeURIComponent(`${home}/${name}/kept`)}&recursive=true`,
          person: "ada",
        }),
      ];
      for (const [i, answer] of answers.entries()) {
        faults.push(...verdict(answer, `${i} ${place}`));
        if (answer.status < 400) faults.push(`${i} ${place}: ${answer.status} ${answer.body}`);
      }
    }
    expect(faults).toEqual([]);
    const after = await cluster.ok("root", "ls /; ls -la /etc /home/ben; cat /home/ben/kept");
    expect(after).toBe(before);
  });

  it("do not help in a run's folder either", async () => {
    const ada = clientOf("ada");
    const run: RunView = await ada.call(runsRoutes.createRun, {
      body: { application: "script", cluster: "demo", name: "links", draft: true, values: {} },
    });
    const folder = `${run.folder}`;
    await cluster.ok(
      "ada",
      `cd '${folder}' && ln -s /etc/passwd p && ln -s /home/ben/kept k && ln -s /etc e`,
    );
    const faults: string[] = [];
    for (const path of [
      "p",
      "k",
      "e/passwd",
      "e",
      "../../../../../etc/passwd",
      "/etc/passwd",
      "inputs/../p",
    ]) {
      for (const route of ["file", "files", "tail"]) {
        const there = `/api/v1/runs/${run.id}/${route}?path=${encodeURIComponent(path)}`;
        const answer = await send({ path: there, person: "ada" });
        faults.push(...verdict(answer, there));
        if (answer.status < 400)
          faults.push(`${there}: ${answer.status} ${answer.body.slice(0, 100)}`);
      }
    }
    const archive = await send({ path: `/api/v1/runs/${run.id}/archive`, person: "ada" });
    faults.push(...verdict(archive, "archive"));
    await ada.call(runsRoutes.deleteRun, { params: { run: run.id } });
    expect(faults).toEqual([]);
    expect(await cluster.ok("root", "cat /home/ben/kept; grep -c ^root: /etc/passwd")).toBe(
      `${SECRET}\n1`,
    );
  });
});

it.each([
  'a"b',
  "a\r\nX-Evil: 1",
  "a\nSet-Cookie: x=1",
  "a;b=c",
  "a'b",
  "\u202eexe.txt",
  "%0d%0aX-Evil: 1",
  "ä ö €",
  "a\\b",
])("a file's name is no header: %j", async (name) => {
  const params = { cluster: "demo" };
  const path = `/home/ada/${name}`;
  const place = `path=${encodeURIComponent(path)}`;
  const written = await send({
    method: "PUT",
    path: `${FILES}/content?${place}`,
    person: "ada",
    body: "x",
  });
  expect(written.status, written.body).toBe(200);
  for (const route of [`/content?${place}`, `/archive?${place}&format=zip`]) {
    const { status, headers, bytes } = await send({ path: `${FILES}${route}`, person: "ada" });
    expect(status).toBe(200);
    const [head = ""] = bytes.split("\r\n\r\n");
    expect(head).not.toMatch(/^(?:x-evil|set-cookie)/im);
    expect(headers.get("content-disposition")).toMatch(
      /^attachment; filename="[^"\\]*"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]*$/,
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
  await clientOf("ada").call(filesRoutes.removeFile, { params, query: { path } });
});

it("after all of it the server is as it was", expectUnharmed);
