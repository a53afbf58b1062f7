import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Whole systems on one machine: one after the other, each with state and network of its own. */
const WHOLE_SYSTEMS = {
  globalSetup: ["e2e/global-setup.ts"],
  fileParallelism: false,
  expect: { poll: { timeout: 30_000, interval: 100 } },
  testTimeout: 120_000,
  hookTimeout: 240_000,
};

/** Without this, one processor would be left idle. */
const maxWorkers = availableParallelism();

/** Over a real MariaDB. */
const DATABASE = ["packages/{database,jobs,server}/src/**/*.db.test.ts"];

/** Processes, machines, zones and the cloud die. In a row of their own, as all below are. */
const DEATHS = [
  "e2e/bad-things.test.ts",
  "e2e/chaos.test.ts",
  "e2e/*-dies.test.ts",
  "e2e/interruptions.test.ts",
  "e2e/never-boots.test.ts",
  "e2e/protected.test.ts",
  "e2e/services-die.test.ts",
  "e2e/site.test.ts",
  "e2e/two-heads.test.ts",
];

/** On AWS, other systems, and what outlives a head: backups, submissions, upgrades. */
const APART = [
  "e2e/aws/**/*.test.ts",
  "e2e/cgroups.test.ts",
  "e2e/images.test.ts",
  "e2e/other-os.test.ts",
  "e2e/warm-nodes.test.ts",
  "e2e/backup.test.ts",
  "e2e/replace-head.test.ts",
  "e2e/sbatch-survives.test.ts",
  "e2e/upgrade.test.ts",
  "e2e/zones.test.ts",
];

/** Over one cluster and one server. */
const SERVER = ["e2e/server/**/*.test.ts"];

/** The same by way of a browser. */
const PORTAL = ["e2e/server/portal/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "scripts/*.test.ts"],
          exclude: DATABASE,
          maxWorkers,
          // Some start programs, which take their time on a busy machine.
          testTimeout: 20_000,
          // Half the time goes into loading the same modules for each file otherwise.
          isolate: false,
        },
      },
      {
        test: {
          name: "db",
          include: DATABASE,
          globalSetup: ["packages/database/src/testing/global-setup.ts"],
          testTimeout: 20_000,
          maxWorkers,
        },
      },
      {
        test: {
          ...WHOLE_SYSTEMS,
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          exclude: [...DEATHS, ...APART, ...SERVER],
        },
      },
      { test: { ...WHOLE_SYSTEMS, name: "e2e-deaths", include: DEATHS } },
      { test: { ...WHOLE_SYSTEMS, name: "e2e-apart", include: APART } },
      {
        test: {
          ...WHOLE_SYSTEMS,
          name: "e2e-server",
          include: SERVER,
          exclude: PORTAL,
          globalSetup: ["e2e/server/global-setup.ts"],
        },
      },
      {
        test: {
          ...WHOLE_SYSTEMS,
          name: "e2e-portal",
          include: PORTAL,
          globalSetup: ["e2e/server/global-setup.ts"],
        },
      },
    ],
  },
});
