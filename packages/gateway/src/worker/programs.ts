import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { FileHandle } from "node:fs/promises";
import { SluiceError } from "@sluice/model";
import type { CommandResult } from "../user-worker.ts";
import { isCode } from "./failures.ts";
import { textOfBytes } from "./file-name.ts";

export interface ProgramRequest {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly input?: Uint8Array | FileHandle;
  readonly timeoutMs: number;
  /** Of standard output and of standard error, each. */
  readonly mostOutput: number;
  readonly signal: AbortSignal;
}

export interface ProgramResult {
  /** -1 when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Bytes that are not UTF-8 as in names. */
export function textsOf({ exitCode, stdout, stderr }: ProgramResult): CommandResult {
  return { exitCode, stdout: textOfBytes(stdout), stderr: textOfBytes(stderr) };
}

/**
 * Runs a program without a shell, in a process group of its own, which ends with it. Errors:
 * `COMMAND_TIMEOUT`, `COMMAND_OUTPUT_TOO_LARGE`, `COMMAND_NOT_FOUND`, `COMMAND_NOT_ALLOWED` for words
 * that no program can be given.
 */
export function runProgram(request: ProgramRequest): Promise<ProgramResult> {
  const { argv, environment, workingDirectory, input, timeoutMs, mostOutput, signal } = request;
  const [name = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    if ([...argv, ...Object.values(environment)].some((word) => word.includes("\0"))) {
      throw notAllowed("a word of a command can't have a NUL character");
    }
    const isBytes = input instanceof Uint8Array;
    const stdin = input === undefined ? "ignore" : isBytes ? "pipe" : input.fd;
    const child = started(name, args, {
      env: environment,
      cwd: workingDirectory,
      stdio: [stdin, "pipe", "pipe"],
      detached: true,
    });
    let failure: Error | undefined;
    const end = (error: Error): void => {
      failure ??= error;
      killGroup(child.pid);
    };
    const timer = setTimeout(() => {
      end(
        new SluiceError(
          "COMMAND_TIMEOUT",
          "system",
          `${name} did not end in ${timeoutMs / 1000} s`,
        ),
      );
    }, timeoutMs);
    const leave = (): void => end(signal.reason);
    signal.addEventListener("abort", leave, { once: true });

    const collect = (stream: NodeJS.ReadableStream | null): (() => Buffer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream?.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= mostOutput) chunks.push(chunk);
        else end(tooMuch(name, mostOutput));
      });
      return () => Buffer.concat(chunks);
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    // A program need not read what it is given.
    child.stdin?.on("error", () => undefined);
    if (isBytes) child.stdin?.end(input);

    child.once("error", (error: NodeJS.ErrnoException) => {
      failure ??= error.code === "ENOENT" || error.code === "EACCES" ? notThere(name) : error;
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      killGroup(child.pid);
      if (failure !== undefined) reject(failure);
      else resolve({ exitCode: code ?? -1, stdout: stdout(), stderr: stderr() });
    });
  });
}

function started(name: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(name, args, options);
  } catch (error) {
    if (isCode(error, "E2BIG")) throw notAllowed("a command has more words than Linux takes");
    throw error;
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function tooMuch(name: string, most: number): SluiceError {
  return new SluiceError(
    "COMMAND_OUTPUT_TOO_LARGE",
    "user",
    `${name} gave more than ${most} bytes`,
    { hint: "Ask for less." },
  );
}

function notAllowed(message: string): SluiceError {
  return new SluiceError("COMMAND_NOT_ALLOWED", "user", message);
}

function notThere(name: string): SluiceError {
  return new SluiceError("COMMAND_NOT_FOUND", "system", `${name} is not on the head`);
}
