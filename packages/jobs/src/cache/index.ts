export * from "./contract.ts";
export { createJobCache, type JobCacheOptions } from "./job-cache.ts";
export { hasTask, type JobReference, parseJobReference, type TaskRange } from "./job-reference.ts";
export { mergedJobs } from "./merged.ts";
export { isFinishedState, UNKNOWN as UNKNOWN_STATE } from "./records.ts";
