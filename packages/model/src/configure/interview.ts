import { cloudInterview } from "./cloud-interview.ts";
import { localInterview } from "./local-interview.ts";
import type { ClusterPlan } from "./plan.ts";
import {
  ask,
  type Interview,
  type InterviewQuestion,
  type InterviewReply,
  type ListWish,
} from "./question.ts";

export interface InterviewOptions {
  /** Of whoever is asked. */
  readonly userName?: string | undefined;
}

/** Where an interview is. */
export type InterviewProgress =
  | { readonly is: "ask"; readonly question: InterviewQuestion }
  | { readonly is: "list"; readonly wish: ListWish & { readonly provider: "aws" | "azure" } }
  | { readonly is: "done"; readonly plan: ClusterPlan };

/**
 * Where the interview is after these replies. It is the same for the same replies, so to go back is
 * to leave some out, and a reply must have passed its question's check.
 */
export function interviewAfter(
  options: InterviewOptions,
  replies: readonly InterviewReply[],
): InterviewProgress {
  const interview = wholeInterview(options);
  let result = interview.next();
  for (const reply of replies) {
    if (result.done) break;
    result = interview.next(reply);
  }
  if (result.done) return { is: "done", plan: result.value };
  const step = result.value;
  if (step.is === "ask") return step;
  return { is: "list", wish: { ...step.wish, provider: providerIn(replies) } };
}

/** Only a vendor's cloud is ever asked for a list, and its name is the first answer. */
function providerIn([first]: readonly InterviewReply[]): "aws" | "azure" {
  return first?.is === "answer" && first.answer.trim() === "azure" ? "azure" : "aws";
}

function* wholeInterview(options: InterviewOptions): Interview<ClusterPlan> {
  const provider = yield* ask({
    kind: "choose",
    id: "provider",
    message: "where do the machines come from?",
    choices: [
      { value: "local", label: "local: this machine, nothing to pay" },
      { value: "aws", label: "aws: Amazon Web Services" },
      { value: "azure", label: "azure: Microsoft Azure" },
    ],
    fallback: "local",
  });
  if (provider === "local") return yield* localInterview(options.userName);
  return yield* cloudInterview(provider === "azure" ? "azure" : "aws");
}
