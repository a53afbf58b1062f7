import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import { answerEntries, type InterviewQuestion } from "@sluice/model";
import type { Prompter, Said } from "./prompter.ts";

type Library = typeof import("./prompts.ts");

interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** Past so many choices one types to find the right one. */
const MAX_LISTED = 9;
/** Stands for what is typed instead of chosen; no name of anything. */
const OTHERS = "\u0000others";

/**
 * Prompts on a terminal: Escape goes back, Ctrl-C, Ctrl-D and the end of the input end it. The
 * terminal is as before after each question.
 */
export function terminalPrompter(terminal: Terminal): Prompter {
  return {
    ask: async (question) => {
      const library = await import("./prompts.ts");
      return listening(terminal, (signal) => show(library, question, { ...terminal, signal }));
    },
  };
}

interface Key {
  readonly name?: string;
  readonly ctrl?: boolean;
}

async function listening(
  { input, signal }: Terminal,
  prompt: (signal: AbortSignal) => Promise<string>,
): Promise<Said> {
  const end = new AbortController();
  let said: Said = { is: "quit" };
  const onKey = (_: string, key: Key): void => {
    if (key.name === "escape") said = { is: "back" };
    // The library would wait for ever for a line that does not come.
    if (key.name === "escape" || (key.ctrl === true && key.name === "d")) end.abort();
  };
  const onEnd = (): void => end.abort();
  input.on("keypress", onKey);
  input.once("end", onEnd);
  try {
    return { is: "answer", answer: await prompt(AbortSignal.any([signal, end.signal])) };
  } catch (error) {
    if (error instanceof Error && /^(Abort|Exit)PromptError$/.test(error.name)) return said;
    throw error;
  } finally {
    input.off("keypress", onKey);
    input.off("end", onEnd);
  }
}

/** Help in lines of its own, for as long as the question is open. */
function themed({ help }: InterviewQuestion, answerBelow: boolean) {
  const message = (text: string, status: string): string => {
    const question = styleText("bold", text);
    if (help === undefined || status === "done") return question;
    return `${question}\n  ${styleText("dim", help)}${answerBelow ? "\n " : ""}`;
  };
  return { theme: { style: { message } } };
}

async function show(
  library: Library,
  question: InterviewQuestion,
  context: Terminal,
): Promise<string> {
  const { fallback, message } = question;
  const preset = fallback === undefined ? {} : { default: fallback };
  switch (question.kind) {
    case "confirm": {
      const asked = { message, default: fallback === "yes", ...themed(question, true) };
      const answer = (await library.confirm(asked, context)) ? "yes" : "no";
      const wrong = question.check(answer);
      if (wrong === undefined) return answer;
      context.output.write(`> ${wrong}\n`);
      return show(library, question, context);
    }
    case "text": {
      const validate = (answer: string) => question.check(answer) ?? true;
      return library.input({ message, validate, ...preset, ...themed(question, true) }, context);
    }
    case "choose":
      return choose(library, question, context);
    case "several":
      return several(library, question, context);
    default:
      return question.kind satisfies never;
  }
}

async function choose(
  library: Library,
  question: InterviewQuestion,
  context: Terminal,
): Promise<string> {
  const { fallback, message, open, choices = [] } = question;
  const listed = choices.map(({ value, label }) => ({ value, name: label, short: value }));
  const preset = fallback === undefined ? {} : { default: fallback };
  const isShort = listed.length <= MAX_LISTED && listed.every(isRight(question));
  if (open === undefined && isShort) {
    return library.select(
      { message, choices: listed, loop: false, ...preset, ...themed(question, false) },
      context,
    );
  }
  return library.search(
    {
      message,
      ...preset,
      pageSize: MAX_LISTED,
      validate: (answer) => question.check(answer) ?? true,
      source: (term) => found(listed, term, open === true),
      ...themed(question, true),
    },
    context,
  );
}

function isRight({ check }: InterviewQuestion) {
  return ({ value }: { readonly value: string }): boolean => check(value) === undefined;
}

type Listed = { readonly value: string; readonly name: string; readonly short: string };

function found(listed: readonly Listed[], term: string | undefined, open: boolean): Listed[] {
  if (term === undefined) return [...listed];
  const typed = term.trim();
  const matching = listed.filter(({ name }) => name.toLowerCase().includes(typed.toLowerCase()));
  const isOther = open && typed !== "" && !listed.some(({ value }) => value === typed);
  return isOther ? [...matching, { value: typed, name: typed, short: typed }] : matching;
}

async function several(
  library: Library,
  question: InterviewQuestion,
  context: Terminal,
): Promise<string> {
  const { message } = question;
  const chosenFirst = new Set(answerEntries(question.fallback ?? ""));
  const listed = (question.choices ?? []).map(({ value, label }) => ({
    value,
    name: label,
    short: value,
    checked: chosenFirst.has(value),
  }));
  if (listed.length === 0) return show(library, { ...question, kind: "text" }, context);
  const others = { value: OTHERS, name: "others, by their names", short: "others" };
  const chosen = await library.checkbox<string>(
    {
      message,
      loop: false,
      pageSize: MAX_LISTED + 1,
      choices: question.open ? [...listed, others] : listed,
      validate: (picked) => {
        const values = picked.map(({ value }) => value);
        return values.includes(OTHERS) || (question.check(values.join(", ")) ?? true);
      },
      ...themed(question, false),
    },
    context,
  );
  const known = chosen.filter((value) => value !== OTHERS);
  if (known.length === chosen.length) return known.join(", ");
  const whole = (typed: string) => [...known, ...answerEntries(typed)].join(", ");
  const typed = await library.input(
    {
      message: "names, separated by commas",
      validate: (text) => question.check(whole(text)) ?? true,
    },
    context,
  );
  return whole(typed);
}
