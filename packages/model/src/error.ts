/** Who can mend it: the person who typed it, the machine it ran on, or the cloud it asked. */
export type ErrorSource = "user" | "system" | "cloud";

export interface SluiceErrorOptions {
  /** What to do about it, as a short imperative sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one base of every error that a person may see.
 *
 * `code` is stable, is listed in `docs/errors.md` and appears in JSON output. `message` is
 * lowercase, names the offending value and ends without a full stop.
 */
export class SluiceError extends Error {
  readonly code: string;
  readonly source: ErrorSource;
  readonly hint: string | undefined;

  constructor(
    code: string,
    source: ErrorSource,
    message: string,
    options: SluiceErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SluiceError";
    this.code = code;
    this.source = source;
    this.hint = options.hint;
  }

  toJSON(): { code: string; source: ErrorSource; message: string; hint?: string } {
    return {
      code: this.code,
      source: this.source,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
  }
}

/** True for our errors, also when two copies of this package are loaded. */
export function isSluiceError(error: unknown): error is SluiceError {
  return (
    error instanceof SluiceError ||
    (error instanceof Error && error.name === "SluiceError" && "code" in error && "source" in error)
  );
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
