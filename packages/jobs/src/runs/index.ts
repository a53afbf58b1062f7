export * from "./contract.ts";
export { createRunJobs } from "./jobs.ts";
export type { RunSettings, RunsParts } from "./parts.ts";
export { RunValuesError } from "./prepare.ts";
export { type ApplicationPreview, previewApplication } from "./preview.ts";
export { createRuns } from "./runs.ts";
