import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../machines/process.ts";
import type { StatePaths } from "../paths.ts";

/** So many lives of less than so many seconds in a row, and the guard gives up. */
const BRIEF_LIVES = 10;
const BRIEF_SECONDS = 3;

/**
 * A shell loop that starts the service again when it ends other than by its own will. Hosts with
 * and without systemd get the same. The service looks after the guard in turn, so that either may
 * be killed; when both are, the next command starts them.
 *
 * @param after a service that is running already, and that the guard waits for before it starts one
 */
export function startGuard(state: StatePaths, program: string, after?: number): void {
  const log = openSync(join(state.service, "service.log"), "a", 0o600);
  const loop = [
    // Dead is also what nobody has buried yet: states Z and X.
    ...(after === undefined
      ? []
      : [`while grep -qs '^State:[[:space:]]*[A-WY]' /proc/${after}/status; do sleep 0.2; done`]),
    // A service that ended by itself leaves no pid file.
    ...(after === undefined ? [] : [`[ -e ${quote(join(state.service, "pid"))} ] || exit 0`]),
    "fails=0",
    "while :; do",
    "  began=$(date +%s)",
    `  ${quote(process.execPath)} --disable-warning=ExperimentalWarning ${quote(program)} && exit 0`,
    // A service that cannot start at all, on a full disk say, is not tried for ever.
    `  if [ $(($(date +%s) - began)) -lt ${BRIEF_SECONDS} ]; then fails=$((fails + 1)); else fails=0; fi`,
    `  [ "$fails" -ge ${BRIEF_LIVES} ] && exit 1`,
    "  sleep 0.2",
    "done",
  ].join("\n");
  const child = spawn("/bin/sh", ["-c", loop, "sluice-local-guard"], {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log, log],
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      SLUICE_STATE_DIR: state.root,
      SLUICE_IMAGE_DIR: state.images,
    },
  });
  child.unref();
}

/** Returns what to call about once a second: it starts a new guard when the old one is dead. */
export function keepGuarded(state: StatePaths): () => void {
  let parent = process.ppid;
  return () => {
    if (process.ppid === parent) return;
    const program = process.argv[1];
    // Orphaned: whoever adopted us is no guard. Only one replacement is started.
    parent = process.ppid;
    if (program !== undefined) startGuard(state, program, process.pid);
  };
}
