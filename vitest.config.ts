import { defineConfig } from "vitest/config";

/** Whole systems on one machine: one after the other, each with state and network of its own. */
const WHOLE_SYSTEMS = {
  globalSetup: ["e2e/global-setup.ts"],
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 240_000,
};

/** Those that share nothing with the rest, so that the two may run at the same time. */
const APART = ["e2e/aws/**/*.test.ts", "e2e/images.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "scripts/*.test.ts"],
        },
      },
      {
        test: { ...WHOLE_SYSTEMS, name: "e2e", include: ["e2e/**/*.test.ts"], exclude: APART },
      },
      { test: { ...WHOLE_SYSTEMS, name: "e2e-apart", include: APART } },
    ],
  },
});
