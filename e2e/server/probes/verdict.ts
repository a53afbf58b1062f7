import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation } from "./operations.ts";
import type { Answer } from "./wire.ts";

/** What stands in another's files, scripts and names, and in no answer. */
export const SECRET = "bens-own-words-5c1d";
/** The name of that one's job, which Slurm itself shows to everybody. */
export const JOB_NAME = "bens-job-5c1d";

/** Of our programs, their machines and the database. */
const OURS =
  /node_modules|\bat (?:async )?[\w.<>]+ \(|(?:\.mjs|\.ts|\.js):\d+|file:\/\/|root:[x*]:0:0|SQLSTATE|\bER_[A-Z]+_|kysely|mysql|sqlite|SQL syntax|Unknown column|\/var\/lib\/sluice|\/opt\/sluice|\/run\/sluice/i;

/** Statuses that any operation may give. */
const ALWAYS = new Set([400, 401, 403, 404, 405, 413, 415, 429]);

const CODES = new Set(
  readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8").match(
    /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g,
  ),
);

/** What is wrong with an answer to a request that nobody should make; undefined: nothing is. */
export function faultOf({ of, method, statuses }: Operation, answer: Answer): string | undefined {
  const { status, headers, body, bytes } = answer;
  if (bytes.includes(SECRET) || (of !== "slurm" && bytes.includes(JOB_NAME)))
    return "another's data";
  if (headers.has("x-evil") || /^x-evil/im.test(bytes)) return "a header of the request's making";
  const told = method === "HEAD" ? "" : body;
  const type = headers.get("content-type") ?? "";
  if (status < 100) return "no answer";
  if (status < 400) return type.startsWith("text/html") ? "HTML" : undefined;
  const ours = OURS.exec(told)?.[0];
  if (ours !== undefined) return `tells of ${JSON.stringify(ours)}: ${told.slice(0, 300)}`;
  if (method === "HEAD") return status >= 500 && !isDocumented() ? `${status}` : undefined;
  let document: Readonly<Record<string, unknown>>;
  try {
    document = JSON.parse(body) as typeof document;
  } catch {
    return `${status} without a document: ${told.slice(0, 200)}`;
  }
  const isSlurms = of === "slurm" && "meta" in document && Array.isArray(document.errors);
  if (isSlurms) return undefined;
  if (!ALWAYS.has(status) && !isDocumented()) return `${status} is in no document: ${told}`;
  if (of === "parallelcluster") {
    return typeof document.message === "string" || isProblem() ? undefined : `${status} ${told}`;
  }
  if (!isProblem()) return `${status} is no problem document: ${told.slice(0, 300)}`;
  return undefined;

  /** slurmrestd's own document has but one answer for all that fails. */
  function isDocumented(): boolean {
    if (status >= 500 && ![501, 503].includes(status)) return false;
    return of === "slurm" ? [409, 422, 503].includes(status) : statuses.has(status);
  }

  function isProblem(): boolean {
    return (
      type.startsWith("application/problem+json") &&
      document.status === status &&
      typeof document.code === "string" &&
      CODES.has(document.code)
    );
  }
}
