import { type InterviewReply, interviewAfter, planText } from "@sluice/model";

/** No walk is nearly as long. */
const MOST_QUESTIONS = 100;

/** A file to begin with: what the wizard writes for whoever takes all that it proposes. */
export function sampleFile(provider: string): string {
  const replies: InterviewReply[] = [{ is: "answer", answer: provider }];
  while (replies.length < MOST_QUESTIONS) {
    const progress = interviewAfter({}, replies);
    if (progress.is === "done") return planText(progress.plan);
    replies.push(
      progress.is === "list"
        ? { is: "listed", items: undefined }
        : { is: "answer", answer: progress.question.fallback ?? "" },
    );
  }
  throw new Error(`the interview for ${provider} has no end`);
}
