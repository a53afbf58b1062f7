import { spawn } from "node:child_process";
import { type ExecRequest, type ExecResult, type HeadShell, pipeProcess } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { SocketClient } from "./client.ts";

/**
 * Commands on the head, by entering its namespaces. They run in the head as if they had been
 * started there by that user's login: groups, home, a clean environment, and a terminal of the
 * head's own when the caller has one.
 */
export function localShell(connect: () => Promise<SocketClient>): HeadShell {
  const enter = async (
    cluster: string,
    request: ExecRequest,
    terminal: boolean,
  ): Promise<string[]> => {
    const client = await connect();
    return argvFor((await headOf(client, cluster)).pid, request, terminal);
  };
  return {
    async exec(cluster, request, options) {
      return collect(await enter(cluster, request, false), options?.signal);
    },
    async pipe(cluster, request, streams) {
      return pipeProcess(await enter(cluster, request, false), streams);
    },
    async attach(cluster, request) {
      const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
      const argv = await enter(cluster, request, terminal);
      return lend(argv);
    },
  };
}

/**
 * The head of a cluster that leads: its first process, and the address by which it is known.
 *
 * @throws SluiceError `HEAD_NOT_RUNNING`; `HEAD_UNREACHABLE` when its machine or zone is cut off.
 */
export async function headOf(
  client: SocketClient,
  cluster: string,
): Promise<{ readonly pid: number; readonly address: string }> {
  const url = `/clusters/${encodeURIComponent(cluster)}/head`;
  const { pid, isReachable, address } = await client.call<HeadAnswer>("GET", url);
  if (pid !== null) return { pid, address };
  if (!isReachable) {
    throw new SluiceError("HEAD_UNREACHABLE", "system", `the head of ${cluster} is cut off`, {
      hint: `another one takes over, if there is one: sluice describe-cluster -n ${cluster}`,
    });
  }
  throw new SluiceError("HEAD_NOT_RUNNING", "user", `the head of ${cluster} is off`, {
    hint: `sluice start-cluster -n ${cluster}`,
  });
}

interface HeadAnswer {
  readonly pid: number | null;
  readonly isReachable: boolean;
  readonly address: string;
}

/** As in a login: everything else of the caller's environment stays outside. */
const LOGIN = `
set -e
user=$1 cwd=$2; shift 2
entry=$(getent passwd "$user") || { echo "sluice: the head has no user $user" >&2; exit 126; }
HOME=$(echo "$entry" | cut -d: -f6) SHELL=$(echo "$entry" | cut -d: -f7)
export HOME SHELL USER="$user" LOGNAME="$user"
cd "\${cwd:-$HOME}" 2>/dev/null || cd /
if [ "$user" = root ]; then exec "$@"; fi
exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups --reset-env -- \\
  env SHELL="$SHELL" TERM="$TERM" LANG="$LANG" SLURM_TIME_FORMAT=standard PATH="$PATH" "$@"
`;

export function argvFor(pid: number, request: ExecRequest, terminal: boolean): string[] {
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "C.UTF-8",
    TERM: process.env.TERM ?? "dumb",
    ...request.env,
  };
  const command = ["/bin/sh", "-c", LOGIN, "sh", request.user, request.cwd ?? "", ...request.argv];
  return [
    "nsenter",
    `--target=${pid}`,
    "--mount",
    "--uts",
    "--ipc",
    "--net",
    "--pid",
    "--root",
    "--wdns=/",
    "--",
    "/usr/bin/env",
    "-i",
    ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
    ...(terminal ? onTerminal(command) : command),
  ];
}

/** A command as root in any booted machine. */
export function inMachine(pid: number, argv: readonly string[]): string[] {
  return ["nsenter", `--target=${pid}`, ...["-m", "-u", "-i", "-n", "-p"], "--wd=/", "--", ...argv];
}

/** Commands on the head, for somebody who is not on the host. Nobody's terminal is lent. */
export function remoteShell(connect: () => Promise<SocketClient>): HeadShell {
  const exec: HeadShell["exec"] = async (cluster, request, options) => {
    const url = `/clusters/${encodeURIComponent(cluster)}/exec`;
    const call = { timeoutMs: EXEC_TIMEOUT_MS, signal: options?.signal };
    return (await connect()).call<ExecResult>("POST", url, request, call);
  };
  return {
    exec,
    async attach(cluster, request) {
      const { exitCode, stdout, stderr } = await exec(cluster, request);
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      return exitCode;
    },
    isOneShot: true,
  };
}

const EXEC_TIMEOUT_MS = 600_000;

/** `script` gives the command a terminal in the machine; ours is not visible in there. */
function onTerminal(command: readonly string[]): string[] {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return ["/usr/bin/script", "--quiet", "--return", "--command", `exec ${line}`, "/dev/null"];
}

export function collect(
  argv: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ExecResult> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 255, stdout, stderr }));
  });
}

function lend(argv: readonly string[]): Promise<number> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit" });
    // The terminal sends Ctrl-C to both of us; it is the command's to handle.
    const ignore = (): void => {};
    process.on("SIGINT", ignore);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? (signal === "SIGINT" ? 130 : 255));
    });
  });
}
