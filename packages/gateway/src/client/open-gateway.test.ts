import { createHash } from "node:crypto";
import { request } from "node:https";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { connect } from "node:tls";
import type { GatewayAccess } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { innerServer, realClock, selfSigned, testDoor } from "../testing/index.ts";
import { openGateway } from "./open-gateway.ts";

const open = (access: GatewayAccess) => openGateway({ access, cluster: "demo", clock: realClock });
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: { readonly code?: string }) => error.code,
  );
const ECHO = "the quick brown fox";

describe("the way to slurmrestd", () => {
  it("carries requests by a few connections that are used again", async () => {
    await using inner = await innerServer((_request, response) => response.end(ECHO));
    await using door = await testDoor({ slurmrestdPort: inner.port });
    await using gateway = open(door.access);
    const one = async (): Promise<string> => {
      const { body } = await gateway.slurmrestd.request({ method: "GET", path: "/ping" });
      return body.text();
    };
    const answers = await Promise.all(Array.from({ length: 200 }, one));
    expect(new Set(answers)).toEqual(new Set([ECHO]));
    expect(inner.connections.size).toBeGreaterThan(1);
    expect(inner.connections.size).toBeLessThanOrEqual(32);
    const before = inner.connections.size;
    await one();
    expect(inner.connections.size).toBe(before);
  });

  it("carries bodies of any size as they are, in both directions", async () => {
    const whole = Buffer.alloc(20 << 20, "0123456789abcde");
    const sum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
    await using inner = await innerServer((incoming, response) => void incoming.pipe(response));
    await using door = await testDoor({ slurmrestdPort: inner.port });
    await using gateway = open(door.access);
    const { body } = await gateway.slurmrestd.request({
      method: "POST",
      path: "/",
      body: Readable.from([whole]),
    });
    expect(sum(new Uint8Array(await body.arrayBuffer()))).toBe(sum(whole));
  });

  it("says so while slurmrestd is down, and goes on when it is back", async () => {
    const first = await innerServer((_request, response) => response.end(ECHO));
    const { port } = first;
    await using door = await testDoor({ slurmrestdPort: port });
    await using gateway = open(door.access);
    const ask = () => gateway.slurmrestd.request({ method: "GET", path: "/" });
    expect((await ask()).statusCode).toBe(200);
    await first[Symbol.asyncDispose]();
    await expect.poll(() => codeOf(ask())).toBe("SLURM_UNREACHABLE");
    await using _again = await innerServer((_request, response) => response.end(ECHO), port);
    expect((await ask()).statusCode).toBe(200);
  });

  it("breaks with the door, and is there again with the next one", async () => {
    const hanging = Promise.withResolvers<void>();
    await using inner = await innerServer((incoming, response) => {
      if (incoming.url === "/hang") hanging.resolve();
      else response.end(ECHO);
    });
    const tls = selfSigned();
    const options = { slurmrestdPort: inner.port, tls, key: "a".repeat(64) };
    const first = await testDoor(options);
    await using gateway = open(first.access);
    const lost = codeOf(gateway.slurmrestd.request({ method: "GET", path: "/hang" }));
    await hanging.promise;
    await first[Symbol.asyncDispose]();
    expect(await lost).toMatch(/^UND_ERR_SOCKET|ECONNRESET$/);
    const ask = () => gateway.slurmrestd.request({ method: "GET", path: "/" });
    expect(await codeOf(ask())).toBe("GATEWAY_UNREACHABLE");
    await using _second = await testDoor({ ...options, port: first.access.port });
    expect((await ask()).statusCode).toBe(200);
  });

  it("lets go of what is behind when whoever asked goes away, and leaves nothing at its end", async () => {
    const begun = Promise.withResolvers<void>();
    await using inner = await innerServer(() => begun.resolve());
    await using door = await testDoor({ slurmrestdPort: inner.port });
    const gateway = open(door.access);
    const lost = codeOf(gateway.slurmrestd.request({ method: "GET", path: "/hang" }));
    await begun.promise;
    expect(inner.connections.size).toBe(1);
    await gateway[Symbol.asyncDispose]();
    expect(await lost).not.toBe("no error");
    await expect.poll(() => inner.connections.size).toBe(0);
    expect(await codeOf(gateway.info())).not.toBe("no error");
  });

  it("passes an end on and hears the answer out", async () => {
    // An HTTP server of Node's would hang up with the end.
    const inner = createServer({ allowHalfOpen: true }, (socket) => {
      let heard = "";
      socket.setEncoding("utf8").on("data", (text: string) => {
        heard += text;
      });
      socket.on("end", () => socket.end(`heard ${heard}`));
    });
    await new Promise<void>((resolve) => inner.listen(0, "127.0.0.1", resolve));
    await using door = await testDoor({ slurmrestdPort: (inner.address() as AddressInfo).port });
    const { port, key } = door.access;
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    socket.end(
      `GET / HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${key}\r\nconnection: upgrade\r\nupgrade: sluice-slurmrestd\r\n\r\nhello`,
    );
    let text = "";
    for await (const more of socket.setEncoding("utf8")) text += more;
    expect(text).toMatch(/^HTTP\/1.1 101 [\s\S]*\r\n\r\nheard hello$/);
    await new Promise((resolve) => inner.close(resolve));
  });
});

describe("the door", () => {
  it("keeps a place for servers, however many connect that have no key", async () => {
    await using inner = await innerServer((_request, response) => response.end(ECHO));
    await using door = await testDoor({ slurmrestdPort: inner.port });
    const { port } = door.access;
    const strangers = await Promise.all(
      Array.from(
        { length: 300 },
        () =>
          new Promise<Socket>((resolve) => {
            const socket = connectTcp({ host: "127.0.0.1", port, localAddress: "127.0.0.2" });
            socket.on("error", () => {}).resume();
            socket.once("connect", () => resolve(socket));
          }),
      ),
    );
    const open = () => strangers.filter(({ readable }) => readable).length;
    await expect.poll(open).toBeLessThanOrEqual(128);
    expect(open()).toBeGreaterThan(0);
    await using gateway = openGateway({ access: door.access, cluster: "demo", clock: realClock });
    expect((await gateway.slurmrestd.request({ method: "GET", path: "/" })).statusCode).toBe(200);
    for (const socket of strangers) socket.destroy();
  });

  it("does nothing for another key, and tells late", async () => {
    const sleeps: number[] = [];
    const clock = {
      ...realClock,
      sleep: async (milliseconds: number) => void sleeps.push(milliseconds),
    };
    let asked = 0;
    await using inner = await innerServer(() => {
      asked += 1;
    });
    await using door = await testDoor({ slurmrestdPort: inner.port, clock });
    const { access } = door;
    for (const key of ["", `${access.key}0`, access.key.slice(1), access.key.toUpperCase()]) {
      await using gateway = open({ ...access, key });
      expect(await codeOf(gateway.info())).toBe("GATEWAY_REFUSED");
      const ask = gateway.slurmrestd.request({ method: "GET", path: "/" });
      expect(await codeOf(ask)).toBe("GATEWAY_REFUSED");
    }
    expect(sleeps).toEqual(Array.from({ length: 8 }, () => 1000));
    expect(asked).toBe(0);
  });

  it("answers nothing without a key, whatever is asked", async () => {
    const clock = { ...realClock, sleep: async () => {} };
    await using door = await testDoor({ clock });
    const statusOf = (method: string, path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const { host, port } = door.access;
        request({ host, port, method, path, rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on("error", reject)
          .end();
      });
    for (const path of ["/", "/v1/info", "/v1/queue", "/v1/saved", "/nothing", "//x"]) {
      for (const method of ["GET", "POST", "DELETE"])
        expect(await statusOf(method, path)).toBe(401);
    }
  });

  it("keeps nobody waiting because others try keys", async () => {
    const waiting = Promise.withResolvers<void>();
    const clock = { ...realClock, sleep: () => waiting.promise };
    await using inner = await innerServer((_request, response) => response.end(ECHO));
    await using door = await testDoor({ slurmrestdPort: inner.port, clock });
    await using wrong = open({ ...door.access, key: "wrong" });
    const attempts = Array.from({ length: 200 }, () =>
      codeOf(wrong.slurmrestd.request({ method: "GET", path: "/" })),
    );
    await using right = open(door.access);
    const { statusCode } = await right.slurmrestd.request({ method: "GET", path: "/" });
    expect(statusCode).toBe(200);
    waiting.resolve();
    expect(new Set(await Promise.all(attempts))).toEqual(new Set(["GATEWAY_REFUSED"]));
  });

  it("is not told the key when it is another one than was agreed on", async () => {
    const heard: string[] = [];
    await using door = await testDoor({
      log: { info() {}, warn: (_fields, message) => void heard.push(message) },
    });
    await using gateway = open({ ...door.access, certificate: selfSigned().cert });
    expect(await codeOf(gateway.info())).toBe("GATEWAY_NOT_TRUSTED");
    const ask = gateway.slurmrestd.request({ method: "GET", path: "/" });
    expect(await codeOf(ask)).toBe("GATEWAY_NOT_TRUSTED");
    expect(heard).toEqual([]);
  });

  it("keeps no connection of whoever has no key, who may want to", async () => {
    const clock = { ...realClock, sleep: async () => {} };
    await using door = await testDoor({ clock });
    const { port } = door.access;
    const at = { host: "127.0.0.1", port, rejectUnauthorized: false, allowHalfOpen: true };
    const socket = connect(at);
    const closed = new Promise((resolve) => socket.once("end", resolve));
    socket.on("error", () => {});
    socket.write(
      "GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: sluice-user\r\n\r\n",
    );
    socket.resume();
    await closed;
    // It hears of it when it writes.
    const broken = new Promise((resolve) => socket.once("close", resolve));
    const timer = setInterval(() => socket.write("more"), 5);
    await broken;
    clearInterval(timer);
  });

  it.each([
    ["ada%0d%0ax-evil: 1"],
    ["ada%00"],
    ["..%2Froot"],
    ["-x"],
    ["1000"],
    ["%E0%A4%A"],
    [""],
    ["a".repeat(300)],
  ])("takes %j for no user", async (header) => {
    await using door = await testDoor();
    const { port, key } = door.access;
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    socket.write(
      `GET / HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${key}\r\nconnection: upgrade\r\nupgrade: sluice-user\r\nsluice-user: ${header}\r\n\r\n`,
    );
    let text = "";
    for await (const more of socket.setEncoding("utf8")) text += more;
    expect(text).toMatch(/^HTTP\/1.1 403 /);
    expect(text).toContain("GATEWAY_USER_UNKNOWN");
  });

  it.each(["ada\r\nx: 1", "../root", "1000", "", "a/b"])("is not asked for %j", async (user) => {
    await using door = await testDoor();
    await using gateway = open(door.access);
    expect(() => gateway.user(user)).toThrow(
      expect.objectContaining({ code: "GATEWAY_USER_UNKNOWN" }),
    );
  });

  it("knows no other upgrade and no other question", async () => {
    await using door = await testDoor();
    const { port, key } = door.access;
    const answerTo = async (lines: string): Promise<string> => {
      const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
      socket.write(`${lines}\r\nhost: h\r\nauthorization: Bearer ${key}\r\n\r\n`);
      let text = "";
      for await (const more of socket.setEncoding("utf8")) text += more;
      return text;
    };
    expect(await answerTo("GET / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket")).toMatch(
      /^HTTP\/1.1 400 /,
    );
    expect(await answerTo("GET /v1/nothing HTTP/1.1")).toMatch(/^HTTP\/1.1 400 /);
    expect(await answerTo("DELETE /v1/queue HTTP/1.1")).toMatch(/^HTTP\/1.1 400 /);
    expect(await answerTo("POST /v1/saved HTTP/1.1\r\ncontent-length: 0")).toMatch(
      /^HTTP\/1.1 400 /,
    );
    expect(await answerTo("GET /v1/history?since=x HTTP/1.1")).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe("questions", () => {
  const JOB = { id: 7, label: "7", submitTime: "2026-01-02T03:04:05.000Z", name: "a\nb" };
  const questions = {
    info: async () => ({ clusterName: "demo", slurmVersion: "24.11.5", restVersions: ["v0.0.42"] }),
    queue: async () => {},
    history: async () => {},
    saved: async (tags: readonly string[]) => tags.slice(0, 1),
    find: async (tags: readonly string[]) => ({ [String(tags[0])]: 7 }),
  };

  it("have their answers", async () => {
    await using door = await testDoor({
      questions: {
        ...questions,
        queue: async (write) => {
          for (let at = 0; at < 50; at++) await write(`${JSON.stringify(JOB)}\n`.repeat(1000));
        },
        history: async ({ since }, write) => {
          await write("\n");
          await write(`${JSON.stringify({ ...JOB, endTime: since })}\n`);
        },
      },
    });
    await using gateway = open(door.access);
    expect(await gateway.info()).toEqual({
      clusterName: "demo",
      slurmVersion: "24.11.5",
      restVersions: ["v0.0.42"],
      controllerStartedAt: undefined,
    });
    const jobs = await gateway.queue();
    expect(jobs).toHaveLength(50_000);
    const submitTime = new Date("2026-01-02T03:04:05.000Z");
    expect(jobs.at(-1)).toEqual({ ...JOB, submitTime });
    const since = new Date("2026-01-01T00:00:00.000Z");
    const past = [];
    for await (const job of gateway.history({ since, until: new Date() })) past.push(job);
    expect(past).toEqual([{ ...JOB, submitTime, endTime: since }]);
    expect(await gateway.saved(["a", "b"])).toEqual(new Set(["a"]));
    expect(await gateway.find(["a"])).toEqual(new Map([["a", 7]]));
    expect(await gateway.saved([])).toEqual(new Set());
  });

  it("fail with what Slurm said, and never with half of an answer", async () => {
    const error = new SluiceError("SLURM_UNREACHABLE", "system", "squeue: no answer", {
      hint: "h",
    });
    await using door = await testDoor({
      questions: {
        ...questions,
        queue: async (write) => {
          await write(`${JSON.stringify(JOB)}\n`);
          throw error;
        },
        info: () => Promise.reject(error),
      },
    });
    await using gateway = open(door.access);
    await expect(gateway.info()).rejects.toMatchObject({
      code: "SLURM_UNREACHABLE",
      message: "demo: squeue: no answer",
      hint: "h",
    });
    expect(await codeOf(gateway.queue())).toBe("GATEWAY_UNREACHABLE");
  });

  it("are called off with their signal, on the head too", async () => {
    const gone = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    await using door = await testDoor({
      questions: {
        ...questions,
        queue: (_write, signal) => {
          begun.resolve();
          signal.addEventListener("abort", () => gone.resolve());
          return gone.promise;
        },
      },
    });
    await using gateway = open(door.access);
    const stop = new AbortController();
    const asked = gateway.queue({ signal: stop.signal });
    await begun.promise;
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await gone.promise;
  });
});
