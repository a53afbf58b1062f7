export type { JobStory, Round, TimelineStep } from "./contract.ts";
export { costSoFar, type JobCost, nodesOf } from "./cost.ts";
export { offeringIn, usualBootSeconds } from "./machines.ts";
export { jobRounds } from "./rounds.ts";
export { timelineOf } from "./timeline.ts";
