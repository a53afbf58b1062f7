import type { MachineFile } from "../head/units.ts";
import { postFunction } from "../steps/join.ts";

export const NOTICES_UNIT = "sluice-notices.service";

const SCRIPT = "/etc/sluice/notices";

/**
 * Tells the head of notices that the machine will be taken away, as soon as the machine hears of
 * them: the account's own messages may come later, or not at all. None where the cloud has none.
 */
export function noticeFiles(
  noticeCommand: string | undefined,
  identityCommand: string,
): readonly MachineFile[] {
  if (noticeCommand === undefined) return [];
  return [
    { path: SCRIPT, mode: 0o755, content: script(noticeCommand, identityCommand) },
    {
      path: `/etc/systemd/system/${NOTICES_UNIT}`,
      mode: 0o644,
      content: `[Unit]
Description=Tell the head when this machine is to be taken away
StartLimitIntervalSec=0

[Service]
ExecStart=${SCRIPT}
Restart=always
RestartSec=5s
Nice=10
`,
    },
  ];
}

function script(noticeCommand: string, identityCommand: string): string {
  return `#!/bin/sh
${postFunction({ fromRootsPorts: true })}
${noticeCommand} | while read -r notice; do
  until {
    ${identityCommand}
    echo "$notice"
  } | post notice; do sleep 1; done
done
`;
}
