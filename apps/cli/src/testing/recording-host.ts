import { SteppingClock } from "@sluice/lifecycle/testing";
import type { Host, Interrupt } from "../host.ts";

export interface Recording extends Host {
  readonly env: Record<string, string | undefined>;
  readonly clock: SteppingClock;
  stdinIsTerminal: boolean;
  stdoutIsTerminal: boolean;
  stderrIsTerminal: boolean;
  readonly files: Map<string, string>;
  readonly out: string;
  readonly err: string;
  readonly exits: readonly number[];
  /** Whose process this is. */
  user: string;
  /** What is typed at a question. */
  answer: string;
  /** What comes on standard input. */
  input: string;
  /** What is typed unseen. */
  secret: string;
  readonly questions: readonly string[];
  /** Keys as they come; it ends with the signal. */
  press(key: string): void;
  /** Ctrl-C. */
  interrupt(signal?: Interrupt): void;
  /** How often SIGINT is taken and not given back. */
  readonly interruptListeners: number;
}

/** A process without a process: everything that is written is kept, and nothing ends. */
export function recordingHost(terminal = false): Recording {
  let out = "";
  let err = "";
  const exits: number[] = [];
  const questions: string[] = [];
  const listeners = new Set<(signal: Interrupt) => void>();
  const pressed: string[] = [];
  let wake = () => {};
  const host: Recording = {
    env: {},
    clock: new SteppingClock(),
    stdinIsTerminal: terminal,
    stdoutIsTerminal: terminal,
    stderrIsTerminal: terminal,
    files: new Map(),
    user: "ada",
    answer: "",
    secret: "",
    input: "",
    questions,
    exits,
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    get interruptListeners() {
      return listeners.size;
    },
    size: () => ({ columns: 80, rows: 24 }),
    userName: () => host.user,
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      err += text;
    },
    readFile: async (path, limit) => {
      const text = host.files.get(path);
      if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      if (text.length > limit) throw new RangeError(`it has more than ${limit} bytes`);
      return text;
    },
    ask: async (question) => {
      questions.push(question);
      return host.answer;
    },
    readInput: async () => host.input,
    askSecret: async (question) => {
      questions.push(question);
      return host.secret;
    },
    keys: async function* (signal) {
      signal.addEventListener("abort", () => wake(), { once: true });
      for (;;) {
        const key = pressed.shift();
        if (key !== undefined) yield key;
        else if (signal.aborted) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
    press: (key) => {
      pressed.push(key);
      wake();
    },
    every: () => () => {},
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    interrupt: (signal = "SIGINT") => {
      for (const listener of listeners) listener(signal);
    },
    exit: (code) => {
      exits.push(code);
    },
  };
  return host;
}
