import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import { type Readable, Writable } from "node:stream";
import type { Clock } from "@sluice/model";

/** `SIGINT` is Ctrl-C; `SIGTERM` comes from another program. */
export type Interrupt = "SIGINT" | "SIGTERM";

/** The process as commands see it: the only way to its streams, its keys and its end. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  size(): { readonly columns: number; readonly rows: number };
  /** Name of the Unix user whose process this is. */
  userName(): string;
  writeOut(text: string): void;
  writeErr(text: string): void;
  /** Errors: those of the file system; `RangeError` for more bytes than `limit`. */
  readFile(path: string, limit: number): Promise<string>;
  /** All of standard input. Errors: `RangeError` for more bytes than `limit`. */
  readInput(limit: number): Promise<string>;
  /** Puts a question on the terminal and reads one line; empty for Ctrl-C and Ctrl-D. */
  ask(question: string): Promise<string>;
  /** The same without showing what is typed. */
  askSecret(question: string): Promise<string>;
  /** Single key presses, Ctrl-C among them as `\x03`; the terminal is as before when it ends. */
  keys(signal: AbortSignal): AsyncIterable<string>;
  /** @returns what stops it. */
  every(milliseconds: number, action: () => void): () => void;
  /** Takes SIGINT and SIGTERM over. @returns what gives them back. */
  onInterrupt(listener: (signal: Interrupt) => void): () => void;
  exit(code: number): void;
}

/** The real one. */
export function processHost(): Host {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read our output has seen enough of it.
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return {
    env: process.env,
    clock: systemClock,
    stdinIsTerminal: process.stdin.isTTY === true,
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    size: () => {
      const { columns, rows } = process.stdout.isTTY ? process.stdout : process.stderr;
      // A terminal that was never told its size says 0.
      return { columns: columns || 80, rows: rows || 24 };
    },
    userName: () => userInfo().username,
    writeOut: (text) => void process.stdout.write(text),
    writeErr: (text) => void process.stderr.write(text),
    readFile: readText,
    readInput: (limit) => textOf(process.stdin, limit),
    ask: (question) => askOnTerminal(question, process.stderr),
    askSecret: askUnseen,
    keys: terminalKeys,
    every: (milliseconds, action) => {
      const timer = setInterval(action, milliseconds);
      return () => clearInterval(timer);
    },
    onInterrupt: (listener) => {
      const signals = ["SIGINT", "SIGTERM"] as const;
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    // A pipe takes what was written later than the call returns.
    exit: (code) => process.stdout.write("", () => process.exit(code)),
  };
}

async function readText(path: string, limit: number): Promise<string> {
  const { size } = await stat(path);
  if (size > limit) throw tooLarge(limit);
  // What is no regular file does not say how much is in it.
  return textOf(createReadStream(path, { end: limit }), limit);
}

async function textOf(stream: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > limit) throw tooLarge(limit);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(limit: number): RangeError {
  return new RangeError(`it has more than ${limit} bytes`);
}

async function askUnseen(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await askOnTerminal("", nowhere);
  process.stderr.write("\n");
  return answer;
}

async function askOnTerminal(question: string, output: Writable): Promise<string> {
  const isUnseen = output !== process.stderr;
  const lines = createInterface({
    input: process.stdin,
    output,
    // As a terminal it does the echo itself, where nobody sees it; else the kernel would.
    ...(isUnseen ? { terminal: process.stdin.isTTY === true } : {}),
  });
  const { promise: given, resolve } = Promise.withResolvers<string>();
  // readline never answers a question whose input ends.
  lines.once("close", () => resolve("\n"));
  lines.once("SIGINT", () => lines.close());
  lines.question(question).then(resolve, () => resolve("\n"));
  const answer = await given;
  lines.close();
  if (answer === "\n") output.write("\n");
  return answer.trim();
}

async function* terminalKeys(signal: AbortSignal): AsyncGenerator<string> {
  const input = process.stdin;
  input.setRawMode(true);
  const stop = () => input.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of input) yield* String(chunk);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    if (!input.destroyed) input.setRawMode(false);
  }
}

const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end, { once: true });
    return promise;
  },
};
