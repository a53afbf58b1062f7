import { join } from "node:path";

/** Every run of these tests has a folder of its own below this one. */
export const TEST_ROOT = process.env.SLUICE_TEST_DIR ?? "/var/lib/sluice-test";

/** What the global set-up hands to the test files. */
export interface Run {
  /** The folder of this run. */
  readonly folder: string;
  /** The programs under test, built for this run. */
  readonly dist: string;
  /** A Node that any user of this machine may run. */
  readonly node: string;
  /** Images are found by their content, so runs share them. */
  readonly images: string;
}

declare module "vitest" {
  interface ProvidedContext {
    run: Run;
  }
}

/** Where a run notes each cluster that it makes, so that what is left of it can be found. */
export function ledgerOf(run: Pick<Run, "folder">): string {
  return join(run.folder, "ledger.jsonl");
}

/** The last line that Node writes when a program ends by an error that nobody caught. */
export const CRASH = /^Node\.js v\d/m;

/** A cluster as its traces on the host are found: by words that nothing else here has. */
export interface Trace {
  readonly name: string;
  readonly id: string;
  readonly bridge: string;
  /** Its folder. */
  readonly folder: string;
}
