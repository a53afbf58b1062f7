export { optionsAgain, type SubmittedAs } from "./again.ts";
export { describeJob, type JobDescription, type JobToDescribe, outputOfJob } from "./describe.ts";
export { type JobEfficiency, jobEfficiency, type Usage, type UsedByJob } from "./efficiency.ts";
export {
  accountingWord,
  actOnJob,
  type JobAction,
  jobFacts,
  jobScript,
  jobSteps,
} from "./job-commands.ts";
export { type OutputOf, outputPath, usualOutput } from "./output-path.ts";
export type { JobStep } from "./steps.ts";
export { elapsedSeconds, type ShownJob, shownJob } from "./view.ts";
export { waitingSentence } from "./waiting.ts";
