import { X509Certificate } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { GatewayAccess } from "@sluice/cloud";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import type { DoorProblem } from "../protocol.ts";

/** For TCP, TLS and the upgrade together; a worker that is started first needs most of it. */
const CONNECT_MILLISECONDS = 25_000;
const KEEP_ALIVE_MILLISECONDS = 15_000;
const MOST_REFUSAL_BYTES = 64 << 10;

/** One head, dialled. */
export interface Dialler {
  /** The head itself, proven by its certificate. */
  dial(): Promise<TLSSocket>;
  /** What is behind an upgrade, with nothing read or written yet. */
  upgrade(protocol: string, headers?: Readonly<Record<string, string>>): Promise<TLSSocket>;
}

/** @param signal fires when nobody wants any more connections: those under way break. */
export function createDialler(
  access: GatewayAccess,
  cluster: string,
  signal: AbortSignal,
): Dialler {
  const wanted = new X509Certificate(access.certificate).raw;
  const { host, port } = access;

  const dial = (): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(unreachable(cluster, access, "it is closed"));
      const socket = connect({
        host,
        port,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        minVersion: "TLSv1.3",
        ALPNProtocols: ["http/1.1"],
        // There is no authority to ask and no name to compare: it is this certificate or none,
        // whatever the clocks of both sides say.
        rejectUnauthorized: false,
      });
      const fail = (error: unknown): void => {
        end();
        socket.destroy();
        reject(isSluiceError(error) ? error : unreachable(cluster, access, messageOf(error)));
      };
      const timer = setTimeout(() => fail(new Error("no answer in time")), CONNECT_MILLISECONDS);
      const onAbort = (): void => fail(new Error("it is closed"));
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        socket.off("error", fail);
        socket.off("close", onClose);
      };
      const onClose = (): void => fail(new Error("it hung up"));
      signal.addEventListener("abort", onAbort);
      socket.on("error", fail);
      socket.on("close", onClose);
      socket.on("secureConnect", () => {
        if (!socket.getPeerX509Certificate()?.raw.equals(wanted)) {
          return fail(notTrusted(cluster, access));
        }
        socket.setKeepAlive(true, KEEP_ALIVE_MILLISECONDS);
        socket.setNoDelay(true);
        end();
        resolve(socket);
      });
    });

  return {
    dial,
    async upgrade(protocol, headers = {}) {
      const socket = await dial();
      return new Promise((resolve, reject) => {
        const request = httpRequest({
          createConnection: () => socket,
          signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MILLISECONDS)]),
          headers: {
            ...headers,
            host: "head",
            authorization: `Bearer ${access.key}`,
            connection: "upgrade",
            upgrade: protocol,
          },
        });
        request.on("error", (error) => {
          socket.destroy();
          reject(unreachable(cluster, access, error.message));
        });
        request.on("upgrade", (response, _socket, first) => {
          if (response.statusCode !== 101) {
            socket.destroy();
            return reject(unreachable(cluster, access, "its answer makes no sense"));
          }
          if (first.length > 0) socket.unshift(first);
          resolve(socket);
        });
        request.on("response", (response) => {
          refusalIn(response, cluster).then(reject, reject);
        });
        request.end();
      });
    },
  };
}

async function refusalIn(response: IncomingMessage, cluster: string): Promise<SluiceError> {
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) {
      text += chunk;
      if (text.length > MOST_REFUSAL_BYTES) break;
    }
  } catch {
    // What came says enough.
  }
  response.destroy();
  return refusal(response.statusCode ?? 0, text, cluster);
}

const USERS_OWN = new Set(["GATEWAY_USER_UNKNOWN", "TERMINALS_TOO_MANY", "TERMINAL_NOT_FOUND"]);

/** What a door said, as the error that it is. */
export function refusal(status: number, text: string, cluster: string): SluiceError {
  const { code, message, hint } = problemIn(text);
  if (status === 401) {
    return new SluiceError(
      "GATEWAY_REFUSED",
      "user",
      `the head of ${cluster} does not take this server's key`,
      { hint: "the cluster was made anew, or its key was changed: have the server look again" },
    );
  }
  return new SluiceError(
    code,
    USERS_OWN.has(code) ? "user" : "system",
    `${cluster}: ${message}`,
    hint === undefined ? {} : { hint },
  );
}

function problemIn(text: string): DoorProblem {
  try {
    const problem = JSON.parse(text) as Partial<DoorProblem>;
    const { code, message } = problem;
    if (typeof code === "string" && typeof message === "string" && /^[A-Z_]{3,40}$/.test(code)) {
      return { ...problem, code, message };
    }
  } catch {
    // It is told below.
  }
  return { code: "GATEWAY_UNREACHABLE", message: "the gateway's answer makes no sense" };
}

export function unreachable(
  cluster: string,
  { host, port }: Pick<GatewayAccess, "host" | "port">,
  why: string,
): SluiceError {
  return new SluiceError(
    "GATEWAY_UNREACHABLE",
    "system",
    `the gateway of ${cluster} at ${host}:${port} does not answer: ${why}`,
    {
      hint: "it is tried again; see `systemctl status sluice-gateway` on the head, which clusters from before gateways do not have",
    },
  );
}

function notTrusted(cluster: string, { host, port }: GatewayAccess): SluiceError {
  return new SluiceError(
    "GATEWAY_NOT_TRUSTED",
    "system",
    `what answers at ${host}:${port} is not the head of ${cluster}: it shows another certificate`,
    { hint: "find out what is at that address before anything is sent there" },
  );
}
