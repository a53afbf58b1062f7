import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { InterviewQuestion } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { terminalPrompter } from "./terminal-prompter.ts";

const ENTER = "\r";
const DOWN = "\x1b[B";
const ESCAPE = "\x1b";

/** A terminal that types as soon as the screen shows what the script waits for. */
function terminal(...script: readonly (readonly [shown: string, keys: string])[]) {
  const input = new PassThrough();
  // As of a terminal, there is no end of it.
  const output = new PassThrough();
  output.end = () => output;
  const left = [...script];
  let screen = "";
  output.on("data", (chunk) => {
    screen += stripVTControlCharacters(String(chunk));
    const [next] = left;
    if (next === undefined || !screen.includes(next[0])) return;
    left.shift();
    screen = "";
    // The prompt listens for keys once it is drawn.
    setImmediate(() => input.write(next[1]));
  });
  const { signal } = new AbortController();
  return { prompter: terminalPrompter({ input, output, signal }), input };
}

const choices = ["red", "green", "blue"].map((value) => ({ value, label: `${value} paint` }));
const right = () => undefined;
const question = (
  change: Partial<InterviewQuestion> & Pick<InterviewQuestion, "kind">,
): InterviewQuestion => ({ id: "q", message: "which one?", check: right, ...change });

describe("terminalPrompter", () => {
  it("takes what is at hand, and what is typed", async () => {
    const text = question({ kind: "text", fallback: "main" });
    expect(await terminal(["which one?", ENTER]).prompter.ask(text)).toEqual({
      is: "answer",
      answer: "main",
    });
    expect(await terminal(["which one?", `cpu${ENTER}`]).prompter.ask(text)).toEqual({
      is: "answer",
      answer: "cpu",
    });
  });

  it("says at once what is wrong, and takes another answer", async () => {
    const text = question({
      kind: "text",
      check: (answer) => (answer === "CPU" ? "write it in lower case" : undefined),
    });
    const { prompter } = terminal(
      ["which one?", `CPU${ENTER}`],
      ["write it in lower case", `\x7f\x7f\x7fcpu${ENTER}`],
    );
    expect(await prompter.ask(text)).toEqual({ is: "answer", answer: "cpu" });
  });

  it("has choices to go through", async () => {
    const choose = question({ kind: "choose", choices, fallback: "green" });
    const { prompter } = terminal(["green paint", `${DOWN}${ENTER}`]);
    expect(await prompter.ask(choose)).toEqual({ is: "answer", answer: "blue" });
  });

  it("takes another answer than the choices when the question is open", async () => {
    const choose = question({ kind: "choose", choices, open: true });
    const { prompter } = terminal(["red paint", "pink"], ["pink", ENTER]);
    expect(await prompter.ask(choose)).toEqual({ is: "answer", answer: "pink" });
  });

  it("takes several, and others by their names", async () => {
    const several = question({ kind: "several", choices, open: true, fallback: "red" });
    const { prompter } = terminal(
      ["others, by their names", `${DOWN} ${DOWN}${DOWN} ${ENTER}`],
      ["separated by commas", `pink, grey${ENTER}`],
    );
    expect(await prompter.ask(several)).toEqual({
      is: "answer",
      answer: "red, green, pink, grey",
    });
  });

  it("takes yes and no, and neither where it is wrong", async () => {
    const confirm = question({
      kind: "confirm",
      fallback: "yes",
      check: (answer) => (answer === "yes" ? "there are none" : undefined),
    });
    const { prompter } = terminal(["which one?", ENTER], ["there are none", `n${ENTER}`]);
    expect(await prompter.ask(confirm)).toEqual({ is: "answer", answer: "no" });
  });

  it.each([
    ["Escape", ESCAPE, "back"],
    ["Ctrl-C", "\x03", "quit"],
    ["Ctrl-D", "\x04", "quit"],
  ])("knows %s", async (_, key, is) => {
    for (const kind of ["text", "choose", "several", "confirm"] as const) {
      const { prompter } = terminal(["which one?", key]);
      expect(await prompter.ask(question({ kind, choices }))).toEqual({ is });
    }
  });

  it("ends with its input", async () => {
    const { prompter, input } = terminal();
    const said = prompter.ask(question({ kind: "text" }));
    input.end();
    expect(await said).toEqual({ is: "quit" });
  });
});
