import { randomUUID } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { SluiceError } from "@sluice/model";
import { errorFromWire, type WireError } from "./wire.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** 0: none. */
  readonly timeoutMs?: number;
}

/** HTTP over one of the service's sockets. Its errors come back as they were thrown there. */
export class SocketClient {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws LOCAL_SERVICE_UNREACHABLE when nobody answers. */
  async call<T>(
    method: "GET" | "POST",
    url: string,
    body?: unknown,
    options: CallOptions = {},
  ): Promise<T> {
    const response = await this.#send(method, url, body, options);
    let text = "";
    for await (const chunk of response) text += chunk;
    const document: unknown = text === "" ? undefined : JSON.parse(text);
    if ((response.statusCode ?? 500) >= 400) throw errorFromWire(document as WireError);
    return document as T;
  }

  /**
   * Long work that answers line by line. When the signal fires the other side is told to call it
   * off, and heard out: this rejects when it has cleaned up, with what it says then.
   */
  async work<T>(
    url: string,
    body: unknown,
    onProgress: (progress: never) => void,
    signal: AbortSignal,
  ): Promise<T> {
    signal.throwIfAborted();
    const id = randomUUID();
    let isOver = false;
    const cancel = async (): Promise<void> => {
      // The work may not have arrived there yet.
      while (!isOver) {
        const answer = await this.call<{ cancelled: boolean }>(
          "POST",
          `/operations/${id}/cancel`,
          {},
        );
        if (answer.cancelled) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const onAbort = (): void => void cancel().catch(() => {});
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.stream<T>("POST", url, body, onProgress, {}, { "x-operation": id });
    } finally {
      isOver = true;
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Calls what answers line by line; aborting the signal ends the connection. */
  async stream<T>(
    method: "GET" | "POST",
    url: string,
    body: unknown,
    onProgress: (progress: never) => void,
    options: CallOptions = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const response = await this.#send(method, url, body, { ...options, timeoutMs: 0 }, headers);
    try {
      for await (const line of createInterface({ input: response })) {
        const document = JSON.parse(line) as { progress?: never; result?: T; error?: WireError };
        if (document.error !== undefined) throw errorFromWire(document.error);
        if ("result" in document) return document.result as T;
        if (document.progress !== undefined) onProgress(document.progress);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
    } finally {
      response.destroy();
    }
    options.signal?.throwIfAborted();
    throw unreachable(this.#path, "it went away in the middle");
  }

  #send(
    method: string,
    url: string,
    body: unknown,
    options: CallOptions,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request(
        {
          socketPath: this.#path,
          path: url,
          method,
          agent: false,
          headers:
            payload === undefined
              ? headers
              : {
                  ...headers,
                  "content-type": "application/json",
                  "content-length": Buffer.byteLength(payload),
                },
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        },
        resolve,
      );
      call.setTimeout(options.timeoutMs ?? 30_000, () =>
        call.destroy(new Error("no answer in time")),
      );
      call.on("error", (error) => {
        if (options.signal?.aborted) reject(options.signal.reason as Error);
        else reject(unreachable(this.#path, error.message));
      });
      call.end(payload);
    });
  }
}

function unreachable(path: string, why: string): SluiceError {
  return new SluiceError(
    "LOCAL_SERVICE_UNREACHABLE",
    "system",
    `the local cloud's service at ${path} does not answer: ${why}`,
  );
}
