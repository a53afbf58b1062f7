import { SluiceError } from "@sluice/model";

/** The error of a command line that can't be understood. */
export function usage(message: string, hint: string): SluiceError {
  return new SluiceError("USAGE", "user", message, { hint });
}
