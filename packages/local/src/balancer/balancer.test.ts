import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { run } from "../host/run.ts";
import { Balancer } from "./process.ts";

let folder: string;
let certificate: string;
let tls: { key: string; cert: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-balancer-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=site", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run(["openssl", "req", "-x509", ...kind, ...subject, "-keyout", key, "-out", cert]);
  tls = { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
  certificate = join(folder, "both.pem");
  await writeFile(certificate, tls.key + tls.cert, { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Answers with its name, and counts what it was asked. */
class Backend {
  readonly name: string;
  readonly asked: string[] = [];
  isServing = true;
  hasDatabase = true;
  /** Breaks off what it is asked from here on, as one that is killed does. */
  breaks = false;
  server!: Server;

  constructor(name: string) {
    this.name = name;
  }

  async start(port = 0): Promise<void> {
    this.server = createServer(tls, (request, response) => {
      if (request.url === "/health/serving") {
        response.writeHead(this.isServing ? (this.hasDatabase ? 200 : 404) : 503).end();
        return;
      }
      this.asked.push(`${request.method} ${request.headers["x-forwarded-for"]}`);
      if (this.breaks) {
        request.socket.destroy();
        return;
      }
      response.end(this.name);
    });
    await new Promise<void>((resolve) => this.server.listen(port, "127.0.0.1", resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe("the balancer", () => {
  let a: Backend;
  let b: Backend;
  let balancer: Balancer;
  let port: number;
  beforeEach(async () => {
    [a, b] = [new Backend("a"), new Backend("b")];
    await Promise.all([a.start(), b.start()]);
    port = await freePort();
    balancer = new Balancer(join(folder, String(port)));
    await balancer.keep(options());
    await until(async () => (await ask()).ok);
  });
  afterEach(async () => {
    await balancer.stop();
    await Promise.all([a.stop(), b.stop()]);
  });

  const options = (servers = [a, b]) => ({
    address: "127.0.0.1",
    port,
    serverCertificates: join(folder, "cert.pem"),
    servers: servers.map(({ name, port: of }) => ({ name, address: "127.0.0.1", port: of })),
  });
  const ask = (init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}/`, init);

  test("asks another server when one died, and what changes something only once", async () => {
    a.breaks = true;
    b.breaks = true;
    const before = a.asked.length + b.asked.length;
    const answer = await ask({ method: "POST" });
    expect(answer.status).toBe(502);
    expect(a.asked.length + b.asked.length).toBe(before + 1);

    b.breaks = false;
    for (let i = 0; i < 6; i++) expect(await (await ask()).text()).toBe("b");
  });

  test("asks nobody who says that it is stopping, and says who asked", async () => {
    a.isServing = false;
    await until(async () => {
      const seen = a.asked.length;
      for (let i = 0; i < 6; i++) await ask({ headers: { "x-forwarded-for": "6.6.6.6" } });
      return a.asked.length === seen;
    });
    expect(b.asked.at(-1)).toBe("GET 127.0.0.1");
  });

  test("asks who lacks the database only when all do", async () => {
    a.hasDatabase = false;
    await until(async () => {
      const seen = a.asked.length;
      for (let i = 0; i < 6; i++) await ask();
      return a.asked.length === seen;
    });
    b.hasDatabase = false;
    await new Promise((resolve) => setTimeout(resolve, 2500));
    for (let i = 0; i < 6; i++) expect((await ask()).status).toBe(200);
    a.hasDatabase = true;
    await until(async () => {
      const seen = b.asked.length;
      for (let i = 0; i < 6; i++) await ask();
      return b.asked.length === seen;
    });
  });

  test("asks whoever answers when nobody says that it serves", async () => {
    [a.isServing, b.isServing] = [false, false];
    await new Promise((resolve) => setTimeout(resolve, 3500));
    for (let i = 0; i < 4; i++) expect((await ask()).status).toBe(200);
    await a.stop();
    for (let i = 0; i < 4; i++) expect(await (await ask()).text()).toBe("b");
    await a.start();
  });

  test("takes other servers, and comes back as it was when it was killed", async () => {
    await balancer.keep(options([b]));
    await until(async () => {
      const seen = a.asked.length;
      for (let i = 0; i < 6; i++) await ask();
      return a.asked.length === seen;
    });
    await balancer.stop();
    await expect(ask()).rejects.toThrow();
    await new Balancer(join(folder, String(port))).revive();
    await until(async () => (await (await ask()).text()) === "b");
  });

  test("says why it can't start", async () => {
    const other = new Balancer(join(folder, "other"));
    const wrong = { ...options(), address: "192.0.2.1" };
    await expect(other.keep(wrong)).rejects.toMatchObject({ code: "BALANCER_NOT_STARTED" });
    await other.stop();
  });
});

async function freePort(): Promise<number> {
  const probe = createPlain();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 8000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error("it did not become so");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
