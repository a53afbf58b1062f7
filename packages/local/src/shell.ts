import { spawn } from "node:child_process";
import type { ExecRequest, ExecResult, HeadShell } from "@sluice/cloud";
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
    const { pid } = await client.call<{ pid: number | null }>(
      "GET",
      `/clusters/${encodeURIComponent(cluster)}/head`,
    );
    if (pid === null) {
      throw new SluiceError("HEAD_NOT_RUNNING", "user", `the head of ${cluster} is off`, {
        hint: `sluice start-cluster -n ${cluster}`,
      });
    }
    return argvFor(pid, request, terminal);
  };
  return {
    async exec(cluster, request, options) {
      return collect(await enter(cluster, request, false), options?.signal);
    },
    async attach(cluster, request) {
      const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
      const argv = await enter(cluster, request, terminal);
      return lend(argv);
    },
  };
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

function argvFor(pid: number, request: ExecRequest, terminal: boolean): string[] {
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

/** `script` gives the command a terminal in the machine; ours is not visible in there. */
function onTerminal(command: readonly string[]): string[] {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return ["/usr/bin/script", "--quiet", "--return", "--command", `exec ${line}`, "/dev/null"];
}

function collect(argv: readonly string[], signal: AbortSignal | undefined): Promise<ExecResult> {
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
