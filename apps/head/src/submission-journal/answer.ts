import { isAtLeast, type SlurmVersion } from "@sluice/slurm";

/**
 * As much of Slurm's own protocol as one question takes: what slurmctld has of several jobs. No
 * client of Slurm's asks it, though slurmctld has answered it for long. What it answers is not read
 * here but handed to Slurm's own clients, later, if at all.
 *
 *   length  version flags type body's-length  forwarded answered address  [who asks]  body
 */
const REQUEST_JOB_INFO = 2003;
const RESPONSE_JOB_INFO = 2004;
const RESPONSE_SLURM_RC = 8001;
/** SHOW_ALL, SHOW_DETAIL, SHOW_LOCAL */
const SHOW_FLAGS = 0x13;
/** Of auth/jwt. */
const AUTH_PLUGIN = 102;
const LENGTH_BYTES = 4;
const HEADER_BYTES = 16;
const TYPE_AT = LENGTH_BYTES + 4;
const BODY_LENGTH_AT = LENGTH_BYTES + 6;
/** In front of the jobs: their count, and two times. */
const PREFIX_BYTES = 20;

/** What slurmctld said of several jobs, in its own bytes. */
export interface Answer {
  /** Of the jobs in it. */
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** The question what slurmctld has of these jobs; it leaves out what it does not know. */
export function questionFor(
  jobIds: readonly number[],
  options: { readonly slurmVersion: SlurmVersion; readonly token: string },
): Buffer {
  const body = Buffer.alloc(14 + 4 * jobIds.length);
  body.writeUInt16BE(SHOW_FLAGS, 8);
  body.writeUInt32BE(jobIds.length, 10);
  for (const [index, jobId] of jobIds.entries()) body.writeUInt32BE(jobId, 14 + 4 * index);
  const token = Buffer.from(`${options.token}\0`);
  const auth = Buffer.alloc(8 + token.length + 4);
  auth.writeUInt32BE(AUTH_PLUGIN, 0);
  auth.writeUInt32BE(token.length, 4);
  token.copy(auth, 8);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(protocolOf(options.slurmVersion), 0);
  header.writeUInt16BE(REQUEST_JOB_INFO, 4);
  header.writeUInt32BE(body.length, 6);
  return framed(Buffer.concat([header, auth, body]));
}

/** Two releases a year since 23.11, and a number each: 24.11 has 42. */
function protocolOf(version: SlurmVersion): number {
  const [year = 0, month = 0] = version.split(".").map(Number);
  const number = year * 2 + (month > 6 ? 1 : 0) - 7;
  return (isAtLeast(version, 23, 11) ? number : 40) << 8;
}

/** Whether all of an answer is there; undefined for what is none. */
export function isWhole(bytes: Buffer): boolean {
  return bytes.length >= LENGTH_BYTES && bytes.length >= LENGTH_BYTES + bytes.readUInt32BE(0);
}

/** Whether a client of Slurm's asks for jobs. */
export function asksForJobs(bytes: Buffer): boolean {
  return typeOf(bytes) === REQUEST_JOB_INFO;
}

/**
 * @returns why there is none when it is no answer about jobs: the number of slurmctld's error, if it
 *   gave one.
 */
export function answerIn(bytes: Buffer): Answer | { readonly error: number | undefined } {
  if (!isWhole(bytes) || bytes.length < LENGTH_BYTES + HEADER_BYTES) return { error: undefined };
  const body = bodyOf(bytes);
  const type = typeOf(bytes);
  if (type === RESPONSE_SLURM_RC && body.length >= 4) return { error: body.readUInt32BE(0) };
  if (type !== RESPONSE_JOB_INFO || body.length < PREFIX_BYTES) return { error: undefined };
  return { count: body.readUInt32BE(0), bytes };
}

/** All their jobs as one answer, in the same order. They must be of one version of Slurm. */
export function joined(answers: readonly Answer[]): Buffer {
  const [first] = answers;
  if (first === undefined) throw new Error("no answers to join");
  const parts = answers.map(({ bytes }) => bodyOf(Buffer.from(bytes)));
  const prefix = Buffer.from(parts[0]?.subarray(0, PREFIX_BYTES) ?? []);
  prefix.writeUInt32BE(
    answers.reduce((sum, { count }) => sum + count, 0),
    0,
  );
  const body = Buffer.concat([prefix, ...parts.map((part) => part.subarray(PREFIX_BYTES))]);
  const before = Buffer.from(first.bytes.slice(LENGTH_BYTES, first.bytes.length - lengthOf(first)));
  before.writeUInt32BE(body.length, BODY_LENGTH_AT - LENGTH_BYTES);
  return framed(Buffer.concat([before, body]));
}

/** Answers of different versions can't be joined. */
export function versionOf({ bytes }: Answer): number {
  return Buffer.from(bytes).readUInt16BE(LENGTH_BYTES);
}

function lengthOf({ bytes }: Answer): number {
  return Buffer.from(bytes).readUInt32BE(BODY_LENGTH_AT);
}

function typeOf(bytes: Buffer): number {
  return bytes.length < LENGTH_BYTES + HEADER_BYTES ? 0 : bytes.readUInt16BE(TYPE_AT);
}

/** It is last, whatever is in front of it. */
function bodyOf(bytes: Buffer): Buffer {
  const length = bytes.readUInt32BE(BODY_LENGTH_AT);
  return bytes.subarray(Math.max(LENGTH_BYTES + HEADER_BYTES, bytes.length - length));
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}
