import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import type { Applications } from "../applications/index.ts";
import type { Submissions } from "../submissions/index.ts";
import type { GatewayOf, RunJobs, RunNews } from "./contract.ts";
import type { RunStore } from "./store.ts";

export interface RunsParts {
  readonly database: Database;
  readonly applications: Pick<Applications, "get">;
  readonly submissions: Submissions;
  readonly jobs: RunJobs;
  readonly gateway: GatewayOf;
  readonly clock: Clock;
  readonly random: { id(): string };
  readonly settings: RunSettings;
  readonly told?: (news: RunNews) => void;
  readonly log?: { warn(about: object, message: string): void };
}

export interface RunSettings {
  /** Where runs' folders are: `~/sluice/runs`, or an absolute path; `%u` is the user. */
  readonly base: string;
  /** After a run's end, and for drafts after they were made; undefined: for good. */
  readonly keepSeconds: number | undefined;
}

export interface InnerParts extends RunsParts {
  readonly store: RunStore;
}
