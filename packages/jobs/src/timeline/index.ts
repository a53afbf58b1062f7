export type { JobStory, Round, TimelineStep } from "./contract.ts";
export { costSoFar, hourlyCost, type JobCost, type NodePrice, nodesOf } from "./cost.ts";
export { median, offeringIn, usualBootSeconds } from "./machines.ts";
export { jobRounds } from "./rounds.ts";
export { timelineOf } from "./timeline.ts";
