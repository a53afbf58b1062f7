import type { Gateway } from "@sluice/gateway";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";

/** slurmrestd's answer, read to its end so that no slow client holds one of its connections. */
export interface SlurmAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface SlurmQuestion {
  readonly method: string;
  readonly path: string;
  /** JSON, as it was checked. */
  readonly body?: string;
  readonly accept?: string;
}

/** slurmrestd itself gives up after 29 s on a slurmctld that is away. */
const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 64 << 20;
/** Of a token, which lives for one request. */
const TOKEN_SECONDS = 120;

/** Asks as this user. Throws `SLURM_UNREACHABLE`, or `GATEWAY_…` as the gateway does. */
export async function askSlurmrestd(
  gateway: Gateway,
  user: string,
  { method, path, body, accept = "application/json" }: SlurmQuestion,
): Promise<SlurmAnswer> {
  try {
    const answer = await gateway.slurmrestd.request({
      method: method as "GET",
      path,
      headers: {
        accept,
        "x-slurm-user-name": user,
        "x-slurm-user-token": gateway.mintToken(user, TOKEN_SECONDS),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body ?? null,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > MAX_ANSWER_BYTES) {
        answer.body.destroy();
        throw tooMuch();
      }
      parts.push(part);
    }
    const type = answer.headers["content-type"];
    return {
      status: answer.statusCode,
      contentType: typeof type === "string" ? type : "application/json",
      body: Buffer.concat(parts),
    };
  } catch (error) {
    if (isSluiceError(error)) throw error;
    throw new SluiceError(
      "SLURM_UNREACHABLE",
      "system",
      `slurmrestd does not answer: ${messageOf(error)}`,
      { hint: "Ask again in a moment", cause: error },
    );
  }
}

function tooMuch(): SluiceError {
  return new SluiceError("SLURM_ANSWER_TOO_LARGE", "system", "slurm's answer is beyond 64 MiB", {
    hint: "Ask for less at a time, or use /api/v1/jobs, which gives pages",
  });
}
