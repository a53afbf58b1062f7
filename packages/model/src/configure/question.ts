import type { AccountLists } from "../account/contract.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/**
 * One question. Every answer is a text, so that it can come from a terminal, an option or a test.
 *
 * - `choose`: one of the choices; any text that passes the check when it is `open`.
 * - `several`: some of the choices, separated by commas; others too when it is `open`.
 * - `text`: what passes the check.
 * - `confirm`: `yes` or `no`.
 */
export interface InterviewQuestion {
  readonly kind: "choose" | "several" | "text" | "confirm";
  /** Stable and unique in a walk, such as `region` or `queue.2.name`. */
  readonly id: string;
  readonly message: string;
  /** A line on what the answer means, for whoever is unsure. */
  readonly help?: string;
  readonly choices?: readonly Choice[];
  readonly open?: true;
  /** Passes the check. */
  readonly fallback?: string;
  /** What is wrong with an answer and what to write instead; undefined when it is right. */
  check(answer: string): string | undefined;
}

/** Something that an account can list; the interview goes on without when it can't be asked. */
export interface ListWish {
  readonly kind: keyof AccountLists;
  readonly region: string;
}

export type Step =
  | { readonly is: "ask"; readonly question: InterviewQuestion }
  | { readonly is: "list"; readonly wish: ListWish };

/** What a step is answered with. */
export type InterviewReply =
  | { readonly is: "answer"; readonly answer: string }
  | { readonly is: "listed"; readonly items: readonly unknown[] | undefined };

export type Interview<T> = Generator<Step, T, InterviewReply>;

/** `yield*` it: the answer, as the check let it through, without blanks around it. */
export function* ask(
  question: Omit<InterviewQuestion, "check"> & { readonly check?: InterviewQuestion["check"] },
): Interview<string> {
  const own = question.check;
  const check = (answer: string) => formWrong(question, answer) ?? own?.(answer.trim());
  const reply = yield { is: "ask", question: { ...question, check } };
  if (reply.is !== "answer") throw new Error(`${question.id} was not answered`);
  return reply.answer.trim();
}

/** `yield*` it: what the account has, or undefined when it can't be asked or has none. */
export function* list<K extends keyof AccountLists>(
  kind: K,
  region: string,
): Interview<readonly AccountLists[K][] | undefined> {
  const reply = yield { is: "list", wish: { kind, region } };
  if (reply.is !== "listed") throw new Error(`the list of ${kind} was not answered`);
  const items = reply.items as readonly AccountLists[K][] | undefined;
  return items === undefined || items.length === 0 ? undefined : items;
}

export function* confirm(
  question: Pick<InterviewQuestion, "id" | "message" | "help"> & {
    readonly fallback: "yes" | "no";
    readonly check?: InterviewQuestion["check"];
  },
): Interview<boolean> {
  return (yield* ask({ kind: "confirm", ...question })) === "yes";
}

/** Entries of an answer that may have several. */
export function answerEntries(answer: string): string[] {
  return answer
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function formWrong(
  { kind, choices = [], open }: Pick<InterviewQuestion, "kind" | "choices" | "open">,
  answer: string,
): string | undefined {
  const text = answer.trim();
  if (kind === "confirm") {
    return text === "yes" || text === "no" ? undefined : "write yes or no";
  }
  if (kind === "text") return undefined;
  const entries = kind === "several" ? answerEntries(text) : [text];
  if (entries.length === 0 || text === "") return "choose at least one";
  if (new Set(entries).size < entries.length) return "name each of them once";
  const unknown = entries.find((entry) => !choices.some(({ value }) => value === entry));
  if (unknown === undefined || open) return undefined;
  const known = choices.slice(0, 10).map(({ value }) => value);
  return `${JSON.stringify(unknown.slice(0, 60))} is not among them; write ${known.join(" or ")}`;
}
