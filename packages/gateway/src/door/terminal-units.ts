import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { DoorTerminalsOptions } from "./terminals.ts";
import { loginEnvironment } from "./worker-process.ts";

const run = promisify(execFile);

/** The second is where Red Hat Enterprise Linux 8 keeps the one that cloud-init needs. */
const PYTHONS = ["/usr/bin/python3", "/usr/libexec/platform-python"];
const TIMEOUT_MILLISECONDS = 20_000;
const STOP_SECONDS = 5;

/**
 * Terminals as services of systemd's that are made for the occasion: each has a control group, so
 * that it ends with everything that was started in it, and lives on when the gateway ends.
 *
 * @param program where `terminal.py` is.
 */
export function terminalUnits(program: string): Pick<DoorTerminalsOptions, "start" | "stop"> {
  return {
    async start({ account, id, folder, settings }) {
      const python = PYTHONS.find((path) => existsSync(path));
      if (python === undefined) throw new Error("this machine has no Python 3");
      const properties = [
        `User=${account.uid}`,
        `Group=${account.gid}`,
        // Before anything of Slurm's, when memory runs out.
        "OOMScoreAdjust=500",
        "OOMPolicy=continue",
        `TimeoutStopSec=${STOP_SECONDS}`,
        "SyslogIdentifier=sluice-terminal",
      ];
      const environment = loginEnvironment(account);
      await run(
        "systemd-run",
        [
          ...["--quiet", "--collect", "--service-type=exec", `--unit=${unitOf(id)}`],
          ...[`--description=Terminal of ${account.uid}`],
          ...properties.map((property) => `--property=${property}`),
          ...["--", python, "-I", "-S", program, folder],
          // systemd puts values of its own in where a dollar is not doubled.
          JSON.stringify({ ...settings, environment }).replaceAll("$", "$$$$"),
        ],
        { timeout: TIMEOUT_MILLISECONDS },
      );
    },
    async stop(id) {
      try {
        await run("systemctl", ["stop", unitOf(id)], { timeout: TIMEOUT_MILLISECONDS });
      } catch (error) {
        // 5: there is no such unit any more.
        if ((error as { readonly code?: unknown }).code !== 5) throw error;
      }
    },
  };
}

function unitOf(id: string): string {
  return `sluice-terminal-${id}.service`;
}
