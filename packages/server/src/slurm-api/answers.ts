import { SluiceError } from "@sluice/model";
import { shownError } from "../http/problems.ts";

/** A problem that clients of slurmrestd can read too: they look for `errors`. */
export class SlurmProblem extends SluiceError {
  constructor(cause: unknown) {
    const { code, source, message, hint } = shownError(cause);
    super(code, source, message, { ...(hint === undefined ? {} : { hint }), cause });
  }

  override toJSON(): ReturnType<SluiceError["toJSON"]> {
    const error = {
      description: this.message,
      error_number: -1,
      error: this.code,
      source: "sluice",
    };
    return Object.assign(super.toJSON(), { errors: [error], warnings: [] });
  }
}
