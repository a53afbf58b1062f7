import { spawn } from "node:child_process";
import {
  type ExecRequest,
  type ExecResult,
  type HeadShell,
  type Machine,
  pipeProcess,
} from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { Clients } from "./clients.ts";
import { ssm } from "./sdk.ts";
import {
  execScript,
  PART_CHARACTERS,
  parsedPayload,
  partScript,
  plainScript,
} from "./shell-script.ts";

export interface ShellOptions {
  readonly clients: Clients;
  /** Throws when there is no head that runs. */
  readonly head: (cluster: string) => Promise<Machine>;
  /** How to log in by SSH; undefined where the cluster has no key or the head no public address. */
  readonly login: (cluster: string) => Promise<{ user: string; address: string } | undefined>;
  readonly region: () => Promise<string>;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Milliseconds between two looks at a command. */
  readonly lookEvery: number;
}

/** Characters of a command, of which Systems Manager takes 64 KiB with all around it. */
const MOST_SCRIPT = 48 << 10;
/** Seconds that a command may run, and that Systems Manager may take to hand it over. */
const EXECUTION_TIMEOUT = 3600;
const DELIVERY_TIMEOUT = 30;

/**
 * Commands on a head by Systems Manager, which needs neither a key nor an open port. It cuts output
 * at 24,000 characters, so output comes compressed, and in parts where that is not enough.
 */
export function awsShell(options: ShellOptions): HeadShell {
  return {
    isOneShot: true,
    async exec(cluster, request, { signal } = {}): Promise<ExecResult> {
      return execute(options, { cluster, script: execScript(request), ...(signal && { signal }) });
    },
    async pipe(cluster, request, streams) {
      const login = await options.login(cluster);
      if (login !== undefined) return pipeProcess(sshArgv(login, request, false), streams);
      throw new SluiceError(
        "UNSUPPORTED_BY_PROVIDER",
        "user",
        "Systems Manager carries no more than a little text to a head and back",
        { hint: "give the cluster an Ssh.KeyName and its head a public address" },
      );
    },
    async attach(cluster, request): Promise<number> {
      const login = await options.login(cluster);
      if (login !== undefined) return lend(sshArgv(login, request));
      if (!process.stdin.isTTY) return passOn(options, cluster, request);
      const { id } = await options.head(cluster);
      return lend(await sessionArgv(options, id, request));
    },
  };
}

/** With input that is read to its end first, and output that comes when the command has ended. */
async function passOn(
  options: ShellOptions,
  cluster: string,
  request: ExecRequest,
): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const script = execScript(request, Buffer.concat(chunks));
  if (script.length > MOST_SCRIPT) {
    throw new SluiceError(
      "INPUT_TOO_LARGE",
      "user",
      "what the command is given on its standard input is too much for Systems Manager",
      { hint: "put it into a bucket and fetch it on the head, or give the cluster an Ssh.KeyName" },
    );
  }
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const { signal } = interrupt;
    const { exitCode, stdout, stderr } = await execute(options, { cluster, script, signal });
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    return exitCode;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

async function execute(
  options: ShellOptions,
  command: { readonly cluster: string; readonly script: string; readonly signal?: AbortSignal },
): Promise<ExecResult> {
  const { cluster } = command;
  const { id: instance } = await options.head(cluster);
  const run = (script: string): Promise<string> =>
    runScript(options, { ...command, instance, script });
  const first = await run(command.script);
  const end = first.indexOf("\n");
  const [size = "0", folder = ""] = first.slice(0, end).split(" ");
  let payload = first.slice(end + 1);
  while (payload.length < Number(size)) {
    const isLast = Number(size) - payload.length <= PART_CHARACTERS;
    const part = await run(partScript(folder, payload.length, isLast));
    if (part === "") throw unreachable(cluster, "the answer of the head is cut off");
    payload += part;
  }
  const result = parsedPayload(payload.slice(0, Number(size)));
  if (result !== undefined) return result;
  throw unreachable(cluster, "the answer of the head can't be read");
}

async function runScript(
  { clients, sleep, lookEvery }: ShellOptions,
  command: {
    readonly cluster: string;
    readonly instance: string;
    readonly script: string;
    readonly signal?: AbortSignal;
  },
): Promise<string> {
  const { cluster, instance, script, signal } = command;
  const { sdk, client } = await ssm(clients);
  const { Command } = await client
    .send(
      new sdk.SendCommandCommand({
        InstanceIds: [instance],
        DocumentName: "AWS-RunShellScript",
        TimeoutSeconds: DELIVERY_TIMEOUT,
        Parameters: { commands: [script], executionTimeout: [String(EXECUTION_TIMEOUT)] },
      }),
    )
    .catch((error: unknown) => {
      if (error instanceof Error && /InvalidInstanceId|TargetNotConnected/.test(error.name)) {
        throw unreachable(cluster, "Systems Manager has no connection with the head", error);
      }
      throw error;
    });
  const CommandId = Command?.CommandId ?? "";
  for (;;) {
    if (signal?.aborted) {
      await client.send(new sdk.CancelCommandCommand({ CommandId })).catch(() => {});
      signal.throwIfAborted();
    }
    const invocation = await client
      .send(new sdk.GetCommandInvocationCommand({ CommandId, InstanceId: instance }))
      .catch((error: unknown) => {
        // It takes a moment from the command to its invocation.
        if (error instanceof Error && error.name === "InvocationDoesNotExist") return undefined;
        throw error;
      });
    switch (invocation?.Status) {
      case "Success":
        return invocation.StandardOutputContent ?? "";
      case "Failed":
      case "Cancelled":
      case "TimedOut": {
        const detail = invocation.StatusDetails ?? "";
        if (/Undeliverable|DeliveryTimedOut|Delivery Timed Out/i.test(detail)) {
          throw unreachable(cluster, "the head does not take commands");
        }
        const said = invocation.StandardErrorContent?.trim().split("\n").at(-1) ?? "";
        throw new SluiceError(
          "HEAD_COMMAND_FAILED",
          "system",
          `a command on the head of ${cluster} ended as ${detail}${said === "" ? "" : `: ${said}`}`,
          { hint: `see: sluice logs -n ${cluster} head` },
        );
      }
      default:
        await sleep(lookEvery, signal);
    }
  }
}

function unreachable(cluster: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError(
    "HEAD_UNREACHABLE",
    "system",
    `the head of ${cluster} can't be reached: ${why}`,
    {
      hint: `it may still boot, or have no way to Systems Manager; see: sluice logs -n ${cluster} head`,
      cause,
    },
  );
}

async function sessionArgv(
  { region }: ShellOptions,
  instance: string,
  request: ExecRequest,
): Promise<readonly string[]> {
  const command = JSON.stringify({ command: [`sudo ${plainScript(request)}`] });
  return [
    "aws",
    "ssm",
    "start-session",
    "--region",
    await region(),
    "--target",
    instance,
    "--document-name",
    "AWS-StartInteractiveCommand",
    "--parameters",
    command,
  ];
}

function sshArgv(
  { user, address }: { readonly user: string; readonly address: string },
  request: ExecRequest,
  isAttended = process.stdin.isTTY === true,
): readonly string[] {
  const terminal = isAttended ? ["-t"] : [];
  return ["ssh", ...terminal, `${user}@${address}`, "--", `sudo ${plainScript(request)}`];
}

function lend(argv: readonly string[]): Promise<number> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit" });
    // The terminal sends Ctrl-C to both of us; it is the command's to handle.
    const ignore = (): void => {};
    process.on("SIGINT", ignore);
    child.on("error", (error) => {
      process.off("SIGINT", ignore);
      const isMissing = "code" in error && error.code === "ENOENT";
      reject(isMissing ? toolMissing(file) : error);
    });
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? (signal === "SIGINT" ? 130 : 255));
    });
  });
}

function toolMissing(program: string): SluiceError {
  const hint =
    program === "aws"
      ? "install the AWS command line and its Session Manager plugin, or give the cluster an Ssh.KeyName"
      : "install an SSH client";
  return new SluiceError("SHELL_TOOL_MISSING", "system", `${program} is not installed here`, {
    hint,
  });
}
