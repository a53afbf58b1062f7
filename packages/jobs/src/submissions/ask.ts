import type { Gateway } from "@sluice/gateway";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import type { JobRequest } from "./contract.ts";
import { isRecord } from "./tag.ts";

/** slurmrestd tries for 29 s to reach slurmctld before it says that it can't. */
const ANSWER_TIMEOUT_MS = 50_000;
const TOKEN_SECONDS = 120;
const MAX_ANSWER_BYTES = 1 << 20;

/** What slurmrestd answered, as it is. */
export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What is known after Slurm was asked. */
export type Outcome =
  | { readonly kind: "accepted"; readonly jobId: number; readonly answer?: RestAnswer }
  | { readonly kind: "refused"; readonly reason: string; readonly answer?: RestAnswer }
  /** It certainly has not the job. */
  | { readonly kind: "unasked"; readonly error: unknown }
  /** It may have the job, or may have it in a moment. */
  | { readonly kind: "lost"; readonly error: unknown };

/** Hands a job in as this user, once. Never throws. */
export async function ask(gateway: Gateway, user: string, request: JobRequest): Promise<Outcome> {
  if (request.by === "sbatch") return askSbatch(gateway, user, request);
  let answer: { readonly status: number; readonly text: string };
  try {
    const path = `/slurm/${request.version}/job/submit`;
    answer = await restText(gateway, user, { method: "POST", path, body: request.body });
  } catch (error) {
    return { kind: isNeverSent(error) ? "unasked" : "lost", error };
  }
  return outcomeOf(answer.status, answer.text);
}

interface RestQuestion {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
}

/** Throws as the gateway does, and for an answer that is no JSON. */
export async function askRest(
  gateway: Gateway,
  user: string,
  question: RestQuestion,
): Promise<RestAnswer> {
  const { status, text } = await restText(gateway, user, question);
  return { status, body: JSON.parse(text) as unknown };
}

async function restText(
  gateway: Gateway,
  user: string,
  { method, path, body }: RestQuestion,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await gateway.slurmrestd.request({
    path,
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      accept: "application/json",
      "x-slurm-user-name": user,
      "x-slurm-user-token": gateway.mintToken(user, TOKEN_SECONDS),
    },
    body: body === undefined ? null : JSON.stringify(body),
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  return { status: answer.statusCode, text: await boundedText(answer.body) };
}

/** What an answer of slurmrestd to job/submit says. */
export function outcomeOf(status: number, text: string): Outcome {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const error = unreachable(`slurmrestd answers ${status}: ${text.slice(0, 200)}`);
    // Whom slurmrestd does not let in, or what it does not have, never got to slurmctld.
    return { kind: status >= 400 && status < 500 ? "unasked" : "lost", error };
  }
  const answer = { status, body };
  const jobId = isRecord(body) ? Number(body.job_id ?? 0) : 0;
  const errors = isRecord(body) && Array.isArray(body.errors) ? body.errors.filter(isRecord) : [];
  if (status < 300 && jobId > 0) return { kind: "accepted", jobId, answer };
  // Slurm 22.05 has another word for it.
  const numbers = errors.map(({ error_number, error_code }) =>
    Number(error_code ?? error_number ?? 0),
  );
  const reason = errors
    .map(({ error, description }) => [description, error].filter(Boolean).join(": "))
    .join("; ");
  if (numbers.includes(FULL)) return { kind: "unasked", error: full(reason) };
  if (numbers.some(isRefusal)) return { kind: "refused", reason, answer };
  const error = unreachable(reason || `slurmrestd answers ${status}`);
  return { kind: numbers.includes(NO_CONNECTION) ? "unasked" : "lost", error };
}

/** SLURMCTLD_COMMUNICATIONS_CONNECTION_ERROR */
const NO_CONNECTION = 1800;

/** EAGAIN, slurmctld's own word for having MaxJobCount jobs; sbatch waits then and asks again. */
const FULL = 11;

/** slurmctld's own errors (ESLURM_…) and the reader's of slurmrestd; others are of the way there. */
function isRefusal(number: number): boolean {
  return (number >= 2000 && number < 5000) || (number >= 9000 && number < 10_000);
}

async function askSbatch(
  gateway: Gateway,
  user: string,
  { by: _, ...job }: Extract<JobRequest, { by: "sbatch" }>,
): Promise<Outcome> {
  try {
    const { jobId } = await gateway.user(user).sbatch(job);
    return { kind: "accepted", jobId };
  } catch (error) {
    if (!isSluiceError(error)) return { kind: "lost", error };
    if (error.code === "SLURM_REFUSED") return { kind: "refused", reason: error.message };
    return { kind: NEVER_SUBMITTED.has(error.code) ? "unasked" : "lost", error };
  }
}

/** The gateway fails with errors of ours as long as nothing was sent. */
function isNeverSent(error: unknown): boolean {
  return isSluiceError(error);
}

/** What is said before sbatch runs. */
const NEVER_SUBMITTED: ReadonlySet<string> = new Set([
  "COMMAND_NOT_ALLOWED",
  "COMMAND_NOT_FOUND",
  "FILE_DENIED",
  "FILE_NOT_FOUND",
  "FILE_NOT_SUITABLE",
  "FILE_OUTSIDE",
  "GATEWAY_REFUSED",
  "GATEWAY_USER_UNKNOWN",
  "SBATCH_OPTION_REFUSED",
]);

function unreachable(why: string): SluiceError {
  return new SluiceError("SLURM_UNREACHABLE", "system", why);
}

function full(reason: string): SluiceError {
  const why = `slurmctld takes no more jobs for now: ${reason}`;
  return new SluiceError("SLURM_FULL", "system", why, {
    hint: "Send the request again when jobs have ended; MaxJobCount in slurm.conf says how many there may be",
  });
}

async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > MAX_ANSWER_BYTES) throw unreachable("slurmrestd's answer is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** The error that a person sees for a job that Slurm did not take. */
export class SlurmRefusal extends SluiceError {
  /** slurmrestd's own, when it was asked. */
  readonly answer: RestAnswer | undefined;

  constructor(reason: string, answer?: RestAnswer) {
    super("SLURM_REFUSED", "user", reason === "" ? "slurm does not take the job" : reason);
    this.answer = answer;
  }
}

/** Nothing is known of the job: Slurm, or the way there, does not answer. */
export function notKnown(error: unknown): SluiceError {
  return new SluiceError(
    "SLURM_UNREACHABLE",
    "system",
    `slurm does not answer: ${messageOf(error)}`,
    {
      hint: "Send the request again a little later",
      cause: error,
    },
  );
}
