import { SluiceError, type SluiceErrorOptions } from "@sluice/model";

/**
 * The closed set of what a cloud can answer. Anything that is not one of these is `Transient`:
 * the same request, with the same token, may work a little later.
 *
 * - `InsufficientCapacity`: this offering has none left now; try another, remember this for a while.
 * - `QuotaExceeded`: the account may not have more; another offering of the same family won't help.
 * - `Throttled`: asked too fast; slow down. It says nothing about capacity.
 * - `LaunchRejected`: the request itself is wrong and will be wrong again.
 * - `NotReady`: something the machine needs (image, network, role) isn't there yet.
 * - `NotFound`: what was named does not exist, or no longer.
 */
export type CloudErrorKind =
  | "InsufficientCapacity"
  | "QuotaExceeded"
  | "Throttled"
  | "LaunchRejected"
  | "NotReady"
  | "NotFound"
  | "Transient";

const CODES: Readonly<Record<CloudErrorKind, string>> = {
  InsufficientCapacity: "CLOUD_INSUFFICIENT_CAPACITY",
  QuotaExceeded: "CLOUD_QUOTA_EXCEEDED",
  Throttled: "CLOUD_THROTTLED",
  LaunchRejected: "CLOUD_LAUNCH_REJECTED",
  NotReady: "CLOUD_NOT_READY",
  NotFound: "CLOUD_NOT_FOUND",
  Transient: "CLOUD_TRANSIENT",
};

export interface CloudErrorOptions extends SluiceErrorOptions {
  /** With `Throttled`: seconds after which the cloud wants to be asked again, if it said so. */
  readonly retryAfter?: number;
}

export class CloudError extends SluiceError {
  readonly kind: CloudErrorKind;
  readonly retryAfter: number | undefined;

  constructor(kind: CloudErrorKind, message: string, options: CloudErrorOptions = {}) {
    super(CODES[kind], "cloud", message, options);
    this.kind = kind;
    this.retryAfter = options.retryAfter;
  }

  override toJSON(): ReturnType<SluiceError["toJSON"]> & {
    kind: CloudErrorKind;
    retryAfter?: number;
  } {
    const { kind, retryAfter } = this;
    return { ...super.toJSON(), kind, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
}

export function isCloudError(error: unknown): error is CloudError {
  return error instanceof CloudError;
}

/** What travels over a socket comes back as the same class. Unknown kinds become `Transient`. */
export function cloudErrorFrom(json: {
  kind?: string;
  message?: string;
  hint?: string;
  retryAfter?: number;
}): CloudError {
  const kind =
    json.kind !== undefined && json.kind in CODES ? (json.kind as CloudErrorKind) : "Transient";
  return new CloudError(kind, json.message ?? "the cloud gave no reason", {
    ...(json.hint === undefined ? {} : { hint: json.hint }),
    ...(json.retryAfter === undefined ? {} : { retryAfter: json.retryAfter }),
  });
}
