import { connect } from "node:net";
import { type Person, serverSite } from "../site.ts";

export interface RawRequest {
  readonly method?: string;
  /** Sent as it stands, without what makes addresses tidy. */
  readonly path: string;
  readonly person?: Person | undefined;
  /** Names may come twice. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  /** Of an event stream nothing. */
  readonly body: string;
  /** All that came, byte for byte. */
  readonly bytes: string;
}

/** Milliseconds. */
const PATIENCE = 30_000;

/** One request over a connection of its own, every byte of it as it is given here. */
export function send(request: RawRequest): Promise<Answer> {
  const { method = "GET", path, person, headers = [], body } = request;
  const { url, tokens } = serverSite();
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    "connection: close",
    ...(person === undefined ? [] : [`authorization: Bearer ${tokens[person]}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
  ];
  return sendBytes(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
}

/** What a server says to these bytes until it closes the connection; latin1 goes in byte for byte. */
export async function sendBytes(bytes: string | Buffer, patience = PATIENCE): Promise<Answer> {
  const { hostname, port } = new URL(serverSite().url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(Number(port), hostname);
  const parts: Buffer[] = [];
  const end = () => resolve(Buffer.concat(parts).toString());
  socket.setTimeout(patience, () => reject(new Error(`no answer to ${bytes.slice(0, 200)}`)));
  socket.on("data", (part) => {
    parts.push(part);
    // Streams of events have no end.
    if (/^HTTP\/1\.1 200[\s\S]*?\r\ncontent-type: text\/event-stream/i.test(part.toString())) end();
  });
  socket.on("close", end);
  // It may refuse what is too large, and close, before all of it was sent.
  socket.on("error", (error: NodeJS.ErrnoException) =>
    ["EPIPE", "ECONNRESET"].includes(error.code ?? "") ? end() : reject(error),
  );
  socket.write(bytes);
  try {
    return parsed(await promise);
  } finally {
    socket.destroy();
  }
}

function parsed(bytes: string): Answer {
  const at = bytes.indexOf("\r\n\r\n");
  const [first = "", ...lines] = bytes.slice(0, Math.max(at, 0)).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]*):\s*(.*)$/.exec(line) ?? [];
    headers.set(name.toLowerCase(), value);
  }
  const rest = bytes.slice(at + 4);
  const isChunked = headers.get("transfer-encoding") === "chunked";
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    headers,
    body: isChunked ? rest.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, "") : rest,
    bytes,
  };
}
