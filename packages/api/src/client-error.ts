import { SluiceError } from "@sluice/model";
import { PROBLEM_MEDIA_TYPE, type Problem } from "./problem.ts";

/** What a server said against a request; `code` and `hint` are the server's. */
export class ProblemError extends SluiceError {
  readonly problem: Problem;
  /** Seconds to wait before the same is asked again, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    const { code, status, title, detail, hint, errors = [] } = problem;
    const said = detail ?? title;
    const parts = errors
      .filter(({ message }) => !said.includes(message))
      .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    super(
      code,
      status >= 500 ? "system" : "user",
      parts.length === 0 ? said : `${said}: ${parts.join("; ")}`,
      hint === undefined ? {} : { hint },
    );
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** The error of an answer that is none of success: ours, or of somebody on the way. */
export async function errorOf(response: Response, url: string): Promise<SluiceError> {
  const text = await response.text().catch(() => "");
  if (response.headers.get("content-type")?.startsWith(PROBLEM_MEDIA_TYPE) === true) {
    const problem = parsed(text);
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    if (isProblem(problem)) {
      return new ProblemError(problem, Number.isFinite(seconds) ? seconds : undefined);
    }
  }
  return notOurs(url, `status ${response.status}`);
}

/** By hand, so that browsers need no schemas. */
export function isProblem(what: unknown): what is Problem {
  if (typeof what !== "object" || what === null) return false;
  const { code, status, title, errors = [] } = what as Partial<Problem>;
  return (
    typeof code === "string" &&
    typeof status === "number" &&
    typeof title === "string" &&
    Array.isArray(errors) &&
    errors.every(({ path, message }) => typeof path === "string" && typeof message === "string")
  );
}

export function notOurs(url: string, what: string): SluiceError {
  return new SluiceError("SERVER_ANSWER_UNKNOWN", "system", `${url} answered with ${what}`, {
    hint: "Check that the address is that of a Sluice server, and what stands in between",
  });
}

export function unreachable(url: string, cause: unknown): SluiceError {
  return new SluiceError("SERVER_UNREACHABLE", "system", `${url} can not be reached`, {
    hint: "Check the server's address, and with `sluice server status` on its machine that it runs",
    cause,
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
