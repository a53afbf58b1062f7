import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "@sluice/database";
import { type TestDatabase, testDatabase } from "@sluice/database/testing";
import { startTestWorker, type TestWorker } from "@sluice/gateway/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { createApplications } from "../../applications/index.ts";
import { insertPeople } from "../../testing/people.ts";
import type { Runs, RunViewer } from "../contract.ts";
import type { RunsParts } from "../parts.ts";
import { createRuns } from "../runs.ts";
import { RunSlurm } from "./run-slurm.ts";

export const BEGIN = Date.parse("2030-01-01T12:00:00Z");

const APPLICATION = `Name: heat
Title: Heat
KeepFor: 10d
Fields:
  - { Name: input, Type: file, Stage: copy, Required: true }
  - { Name: steps, Type: integer, Min: 1, Default: 5 }
  - { Name: queue, Type: queue }
Options: { partition: "{{queue}}" }
Script: |
  cat {{input}}
  echo {{steps}}
`;

export const who = (name: string, more: Partial<RunViewer> = {}): RunViewer => ({
  ...{ id: `id-${name}`, name, groups: [], isAdministrator: false, unixUser: name, operates: [] },
  ...more,
});
export const ada = who("ada");
export const ben = who("ben", { groups: ["chem"] });
export const operator = who("oma", { operates: ["demo"] });
export const wish = (more: object = {}) => ({
  application: "heat",
  cluster: "demo",
  name: "Wärme 1",
  values: { input: "inputs/deck" },
  ...more,
});
export const code = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code,
  );

/** A database, ada's worker, a Slurm, and a server; of each test's own but for the first two. */
export class RunSite {
  now = BEGIN;
  slurm = new RunSlurm(new Date(BEGIN));
  readonly clock = { now: () => new Date(this.now), sleep: async () => {} };
  readonly worker: TestWorker;
  readonly database: Database;
  readonly #random = { id: () => randomUUID() };
  runs: Runs;

  constructor(database: Database, worker: TestWorker) {
    this.database = database;
    this.worker = worker;
    this.runs = this.server();
  }

  get applications() {
    return createApplications({ database: this.database, clock: this.clock, random: this.#random });
  }

  /** One more server on the same database. */
  server(): Runs {
    return createRuns(this.parts());
  }

  parts(): RunsParts {
    return {
      database: this.database,
      applications: this.applications,
      submissions: this.slurm,
      jobs: this.slurm,
      gateway: async () => ({ user: () => this.worker.user }),
      clock: this.clock,
      random: this.#random,
      settings: { base: "~/sluice/runs", keepSeconds: 86_400 },
    };
  }
}

/**
 * To be called at the top of a test file.
 *
 * @param use told before each test which site is its own.
 */
export function runSites(use: (site: RunSite) => void): void {
  let database: TestDatabase;
  let worker: TestWorker;
  beforeAll(async () => {
    database = await testDatabase();
    await insertPeople(database.database);
    worker = await startTestWorker();
    const { applications } = new RunSite(database.database, worker);
    await applications.save(ada, APPLICATION);
    await applications.publish(ada, "heat", 1);
    await applications.share(ada, "heat", [{ kind: "everyone", name: "", access: "use" }]);
  });
  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    use(new RunSite(database.database, worker));
    await database.database.deleteFrom("runs").execute();
    await rm(join(worker.home, "sluice"), { recursive: true, force: true });
  });
}
