import type { MachineFile } from "../head/units.ts";

/**
 * A script as a unit, which user data starts at the first boot and systemd at every other, because
 * cloud-init runs user data once for an instance.
 *
 * @param name without `.service`.
 */
export function bootUnit(
  name: string,
  options: {
    readonly description: string;
    readonly script: string;
    /** Units that it waits for. */
    readonly after?: readonly string[];
    /** Whether it begins again when it fails. */
    readonly isRepeated: boolean;
  },
): MachineFile {
  const { description, script, after = [], isRepeated } = options;
  const order = after.length === 0 ? "" : `Wants=${after.join(" ")}\nAfter=${after.join(" ")}\n`;
  return {
    path: `/etc/systemd/system/${name}.service`,
    mode: 0o644,
    content: `[Unit]
Description=${description}
${order}StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${script}
${isRepeated ? "Restart=on-failure\nRestartSec=1s\n" : ""}StandardOutput=journal+console
StandardError=journal+console
SyslogLevel=notice
`,
  };
}

/** For machines whose network may be up later than systemd. */
export const NETWORK: readonly string[] = ["network-online.target"];

/** Starts the units at boots after the first; a drop-in, because user data can write no links. */
export function wantedUnits(units: readonly string[]): MachineFile {
  return {
    path: "/etc/systemd/system/multi-user.target.d/sluice.conf",
    mode: 0o644,
    content: `[Unit]\nWants=${units.join(" ")}\n`,
  };
}
