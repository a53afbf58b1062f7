import type { Clock } from "@sluice/model";
import type { Owners } from "./owners.ts";
import type { Territory } from "./territory.ts";

/** What every part of a worker is given. */
export interface WorkerParts {
  readonly territory: Territory;
  readonly owners: Owners;
  readonly clock: Clock;
  /** A UUID. */
  newId(): string;
  /** Asked once: asking changes it for a moment. */
  readonly umask: number;
  /** What a login of the user has, and nothing of the gateway's. */
  readonly environment: Readonly<Record<string, string>>;
}
