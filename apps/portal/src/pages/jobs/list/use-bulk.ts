import type { Job } from "@sluice/api";
import { useCallback, useState } from "react";
import { act, readJobsAgain } from "../actions.ts";
import type { JobAction } from "../fits.ts";

/** What became of a job that somebody wanted something done to. */
export interface Told {
  readonly job: Pick<Job, "cluster" | "label" | "name">;
  readonly outcome: "waits" | "done" | "refused";
  readonly error?: unknown;
}

export interface Bulk {
  readonly action: JobAction;
  readonly told: readonly Told[];
}

/** At once: Slurm does one thing after the other anyhow. */
const TOGETHER = 4;

/** Does one thing to many jobs, and tells of each how it went. */
export function useBulk(): {
  readonly bulk: Bulk | undefined;
  readonly run: (action: JobAction, jobs: readonly Told["job"][]) => Promise<void>;
  readonly forget: () => void;
} {
  const [bulk, setBulk] = useState<Bulk | undefined>();
  const run = useCallback(async (action: JobAction, jobs: readonly Told["job"][]) => {
    let told: readonly Told[] = jobs.map((job) => ({ job, outcome: "waits" }));
    setBulk({ action, told });
    const note = (at: number, result: Pick<Told, "outcome" | "error">): void => {
      told = told.map((one, index) => (index === at ? { ...one, ...result } : one));
      setBulk({ action, told });
    };
    const waiting = [...jobs.entries()];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [at, job] = next;
        await act(action, job).then(
          () => note(at, { outcome: "done" }),
          (error: unknown) => note(at, { outcome: "refused", error }),
        );
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, worker));
    await readJobsAgain();
  }, []);
  return { bulk, run, forget: useCallback(() => setBulk(undefined), []) };
}
