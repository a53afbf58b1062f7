import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import type { Dispatcher } from "undici";
import { bodyText } from "../body-text.ts";
import { refusal } from "./connect.ts";

export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** A question to the door, and its answer in pieces. */
export interface Asker {
  document(question: Question): Promise<unknown>;
  lines(question: Question): AsyncIterable<unknown>;
}

const MOST_DOCUMENT_BYTES = 32 << 20;
const MOST_LINE_LENGTH = 8 << 20;

export function createAsker(options: {
  readonly dispatcher: Dispatcher;
  readonly key: string;
  readonly cluster: string;
}): Asker {
  const { dispatcher, key, cluster } = options;

  const send = async ({ method, path, body, signal }: Question) => {
    signal?.throwIfAborted();
    try {
      const response = await dispatcher.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      });
      if (response.statusCode === 200) return response.body;
      throw refusal(
        response.statusCode,
        await bodyText(response.body, MOST_DOCUMENT_BYTES),
        cluster,
      );
    } catch (error) {
      throw asOurs(error, cluster, signal);
    }
  };

  return {
    async document(question) {
      const body = await send(question);
      try {
        return JSON.parse(await bodyText(body, MOST_DOCUMENT_BYTES)) as unknown;
      } catch (error) {
        throw asOurs(error, cluster, question.signal);
      }
    },
    async *lines(question) {
      const body = await send(question);
      try {
        yield* linesOf(body);
      } catch (error) {
        throw asOurs(error, cluster, question.signal);
      } finally {
        body.destroy();
      }
    },
  };
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MOST_LINE_LENGTH) throw new Error("a line is too long");
    for (const line of lines) if (line !== "") yield JSON.parse(line) as unknown;
  }
  if (rest !== "") throw new Error("the last line is not whole");
}

function asOurs(error: unknown, cluster: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted || isSluiceError(error)) return error;
  return new SluiceError(
    "GATEWAY_UNREACHABLE",
    "system",
    `the gateway of ${cluster} broke off: ${messageOf(error)}`,
    { hint: "it is tried again", cause: error },
  );
}
