import { isJsonObject } from "@sluice/jobs";
import { SluiceError } from "@sluice/model";

const MAX_DEPTH = 24;

/**
 * What slurmrestd's document does not tell: slurmrestd 24.11 ends on a group's name, on what is
 * nested too deep, and shortens words at a zero byte. Throws `REQUEST_INVALID`.
 */
export function checkPitfalls(body: unknown): void {
  if (body !== undefined && (typeof body !== "object" || body === null)) {
    throw wrong("the body has to be an object");
  }
  checkWords(body, 0);
  if (!isJsonObject(body)) return;
  const jobs = [body, body.job, ...(Array.isArray(body.jobs) ? body.jobs : [])];
  for (const job of jobs) {
    if (isJsonObject(job) && !isNumeric(job.group_id)) throw wrong("group_id has to be a number");
  }
}

/** A body of job/submit has at least one job in it. Throws `REQUEST_INVALID`. */
export function checkHasJob(body: unknown): void {
  const { job, jobs } = isJsonObject(body) ? body : {};
  if (isJsonObject(job) || (Array.isArray(jobs) && jobs.length > 0)) return;
  throw wrong("the body has neither job nor jobs");
}

function isNumeric(value: unknown): boolean {
  if (isJsonObject(value)) return isNumeric(value.number);
  if (typeof value === "string") return /^\d{1,10}$/.test(value);
  return value === undefined || value === null || Number.isInteger(value);
}

function checkWords(value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw wrong("the body is nested too deep");
  if (typeof value === "string") {
    if (value.includes("\0")) throw wrong("the body has a zero byte in it");
  } else if (typeof value === "object" && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      checkWords(name, depth);
      checkWords(part, depth + 1);
    }
  }
}

function wrong(message: string): SluiceError {
  return new SluiceError("REQUEST_INVALID", "user", message, {
    hint: "See slurmrestd's own document at /openapi/v3",
  });
}
