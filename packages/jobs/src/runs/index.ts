export * from "./contract.ts";
export { createRunJobs } from "./jobs.ts";
export { RUN_DEFAULTS, type RunSettings, type RunsParts } from "./parts.ts";
export { RunValuesError } from "./prepare.ts";
export { createRuns } from "./runs.ts";
