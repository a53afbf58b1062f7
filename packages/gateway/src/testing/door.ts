import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayAccess } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import { createDoor, type Door, type DoorOptions } from "../door/door.ts";
import type { HeadQuestions } from "../door/questions.ts";
import type { DoorTerminals } from "../door/terminals.ts";
import type { Workers } from "../door/workers.ts";

export const realClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};

/** A key and its certificate, made by openssl as a head makes them. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "sluice-door-"));
  try {
    const [key, cert] = [join(folder, "key"), join(folder, "cert")];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const what = ["-x509", "-days", "2", "-subj", "/CN=head", "-keyout", key, "-out", cert];
    execFileSync("openssl", ["req", ...kind, ...what], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An HTTP server on loopback, as slurmrestd is one. */
export interface Inner extends AsyncDisposable {
  readonly port: number;
  readonly connections: Set<Socket>;
}

export async function innerServer(listener: RequestListener, port = 0): Promise<Inner> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A door on loopback, with the parts that a test gives. */
export interface TestDoor extends AsyncDisposable {
  readonly door: Door;
  readonly access: GatewayAccess;
}

const NO_WORKERS: Workers = {
  connect: () => Promise.reject(new Error("this door has no workers")),
  tell() {},
  async [Symbol.asyncDispose]() {},
};

const NO_TERMINALS: DoorTerminals = {
  open: () => Promise.reject(new Error("this door has no terminals")),
  list: async () => [],
  end: async () => {},
  connect: () => Promise.reject(new Error("this door has no terminals")),
};

const NO_ANSWERS: HeadQuestions = {
  info: () => Promise.reject(new Error("not asked here")),
  queue: () => Promise.reject(new Error("not asked here")),
  history: () => Promise.reject(new Error("not asked here")),
  saved: () => Promise.reject(new Error("not asked here")),
  find: () => Promise.reject(new Error("not asked here")),
};

export async function testDoor(
  given: Partial<DoorOptions> & { readonly slurmrestdPort?: number; readonly port?: number } = {},
): Promise<TestDoor> {
  const { slurmrestdPort = 1, port: wanted = 0, ...options } = given;
  const key = options.key ?? randomBytes(32).toString("hex");
  const tls = options.tls ?? selfSigned();
  const door = createDoor({
    slurmrestd: { host: "127.0.0.1", port: slurmrestdPort },
    workers: NO_WORKERS,
    terminals: NO_TERMINALS,
    questions: NO_ANSWERS,
    clock: realClock,
    log: { info() {}, warn() {} },
    ...options,
    tls,
    key,
  });
  const port = await door.listen({ host: "127.0.0.1", port: wanted });
  return {
    door,
    access: {
      ...{ host: "127.0.0.1", port, key },
      certificate: String(tls.cert),
      jwtKey: randomBytes(32),
    },
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}
