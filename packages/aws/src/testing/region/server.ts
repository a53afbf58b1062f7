import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { WireReply, WireRequest } from "./wire.ts";

export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Listens for HTTP requests and writes what `answer` replies, which never rejects. `gone` is aborted
 * when the caller does not wait any longer.
 */
export async function listen(
  { host = "127.0.0.1", port = 0 }: { readonly host?: string; readonly port?: number },
  answer: (request: WireRequest, gone: AbortSignal) => Promise<WireReply>,
): Promise<Listener> {
  const server = createServer(async (message, response) => {
    const request = await received(message).catch(() => undefined);
    // The caller went before it had said all.
    if (request === undefined) return;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const reply = await answer(request, gone.signal);
    const length = Buffer.byteLength(reply.body);
    // HEAD and 204 have a length of their own, or none.
    const headers =
      length === 0 && reply.headers["content-length"] !== undefined
        ? reply.headers
        : { ...reply.headers, "content-length": String(length) };
    response.writeHead(reply.status, headers);
    response.end(reply.body);
  });
  // Long polls are silent for 20 seconds; clients keep connections.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${bound}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function received(message: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const url = message.url ?? "/";
  const at = url.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return {
    method: message.method ?? "",
    path: at === -1 ? url : url.slice(0, at),
    query: at === -1 ? "" : url.slice(at + 1),
    headers,
    body: Buffer.concat(chunks),
  };
}
