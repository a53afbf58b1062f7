import type { BroughtFile } from "../cloud-config.ts";
import { HEAD_LAYOUT } from "../layout.ts";
import { proxyEnvironment } from "./proxy.ts";
import { NETWORK } from "./unit.ts";

/** The program by which administrators reach the machine from the cloud. */
export interface Agent {
  /** Brought for `command`. */
  readonly files: readonly BroughtFile[];
  /** An absolute path, with arguments: makes sure that it is there, and may take minutes. */
  readonly command: string;
}

export const AGENT_UNIT = "sluice-agent.service";

/**
 * A unit beside those of the boot, which waits for none of it: a machine that could not be made
 * ready is the one that somebody has to look into. None where the cloud has no such program.
 */
export function agentFiles(
  agent: Agent | undefined,
  proxy: string | undefined,
): readonly BroughtFile[] {
  if (agent === undefined) return [];
  const environment = proxyEnvironment(proxy);
  return [
    ...agent.files,
    ...(environment === "" ? [] : [{ path: HEAD_LAYOUT.proxy, mode: 0o600, content: environment }]),
    {
      path: `/etc/systemd/system/${AGENT_UNIT}`,
      mode: 0o644,
      content: `[Unit]
Description=Have the agent that administrators reach this machine by
Wants=${NETWORK.join(" ")}
After=${NETWORK.join(" ")}

[Service]
EnvironmentFile=-${HEAD_LAYOUT.proxy}
ExecStart=${agent.command}
StandardOutput=journal+console
StandardError=journal+console
SyslogLevel=notice
Nice=10
`,
    },
  ];
}
