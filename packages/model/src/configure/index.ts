export { estimatedCost } from "./estimated-cost.ts";
export { type InterviewOptions, type InterviewProgress, interviewAfter } from "./interview.ts";
export type { ClusterPlan } from "./plan.ts";
export { planText } from "./plan-text.ts";
export {
  answerEntries,
  type InterviewQuestion,
  type InterviewReply,
  type ListWish,
} from "./question.ts";
