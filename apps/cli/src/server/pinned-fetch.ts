import type { TLSSocket } from "node:tls";
import { SluiceError } from "@sluice/model";
import { Agent, buildConnector, fetch as undiciFetch } from "undici";

/** `fetch` that takes the certificate with this SHA-256 and no other, whatever name it has. */
export function pinnedFetch(fingerprint: string): typeof fetch {
  // A resumed session would not show the certificate again.
  const connect = buildConnector({ rejectUnauthorized: false, maxCachedSessions: 0 });
  const dispatcher = new Agent({
    connect: (options, callback) =>
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error !== null || options.protocol !== "https:") return callback(...result);
        const shown = (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256;
        if (shown === fingerprint) return callback(...result);
        socket.destroy();
        callback(certificateChanged(options.hostname, shown), null);
      }),
  });
  return ((input: string | URL, init?: object) =>
    undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}

/** SHA-256 of the certificate that a server shows, when it is not one that this machine trusts. */
export async function untrustedFingerprint(origin: string): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(origin);
  if (protocol !== "https:") return undefined;
  const { connect } = await import("node:tls");
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = connect({
    host: hostname,
    port: Number(port || 443),
    rejectUnauthorized: false,
    timeout: 10_000,
    ...(/^[\d.]+$|:/.test(hostname) ? {} : { servername: hostname }),
  });
  socket.once("secureConnect", () => {
    resolve(socket.authorized ? undefined : socket.getPeerX509Certificate()?.fingerprint256);
  });
  socket.once("timeout", () => socket.destroy(new Error("it does not answer")));
  socket.once("error", reject);
  try {
    return await promise;
  } catch (cause) {
    throw serverUnreachable(origin, cause);
  } finally {
    socket.destroy();
  }
}

export function serverUnreachable(origin: string, cause: unknown): SluiceError {
  return new SluiceError("SERVER_UNREACHABLE", "system", `${origin} does not answer`, {
    hint: "check the address, and whether the server runs: sluice server status",
    cause,
  });
}

export function certificateChanged(host: string, shown: string | undefined): SluiceError {
  return new SluiceError(
    "SERVER_CERTIFICATE_CHANGED",
    "system",
    `${host} shows another certificate than the one that was accepted: ${shown ?? "none"}`,
    { hint: "if that is right, accept it with: sluice logout, then sluice login" },
  );
}
