import type { InterviewQuestion } from "@sluice/model";

/** What a person says to a question. `back`: the one before it, again. `quit`: no more. */
export type Said =
  | { readonly is: "answer"; readonly answer: string }
  | { readonly is: "back" }
  | { readonly is: "quit" };

/** Puts questions to a person, one at a time. An answer has passed its question's check. */
export interface Prompter {
  ask(question: InterviewQuestion): Promise<Said>;
}
