import { HEAD_LAYOUT } from "../layout.ts";
import { ROTATION_TIMER } from "../steps/rotation.ts";
import { headServices, type MachineFile, UPDATE_UNIT } from "./units.ts";

/** Active while this machine leads; what only the head that leads may run goes with it. */
export const LEADING_TARGET = "sluice-leading.target";
/** Holds the lease, or waits for it. */
export const LEAD_UNIT = "sluice-lead.service";
/** The dead man's switch beside it. */
export const FENCE_UNIT = "sluice-fence.service";

/** What only the head that leads may run. */
export const LEADING_UNITS: readonly string[] = [
  ...headServices("own").map((service) => `${service}.service`),
  UPDATE_UNIT,
  ROTATION_TIMER,
  ROTATION_TIMER.replace(/timer$/, "service"),
];

/** Of people's terminals, which end with the gateway that they are reached by. */
export const TERMINAL_UNITS = "sluice-terminal-*.service";

/** systemd units, drop-ins and a script of a head that shares its cluster with another one. */
export function leadingUnits(): readonly MachineFile[] {
  return [
    {
      path: `/etc/systemd/system/${LEADING_TARGET}`,
      mode: 0o644,
      content: `[Unit]\nDescription=This machine is the head\nAfter=${LEAD_UNIT}\n`,
    },
    ...LEADING_UNITS.map((unit) => ({
      path: `/etc/systemd/system/${unit}.d/leading.conf`,
      mode: 0o644,
      // Requisite: without the target nothing can start them, no restart of systemd's own either.
      content: `[Unit]
Requisite=${LEADING_TARGET}
PartOf=${LEADING_TARGET}
After=${LEADING_TARGET}
`,
    })),
    { path: `/etc/systemd/system/${LEAD_UNIT}`, mode: 0o644, content: LEAD },
    { path: `/etc/systemd/system/${FENCE_UNIT}`, mode: 0o644, content: FENCE },
    { path: HEAD_LAYOUT.fence, mode: 0o755, content: renderFence() },
  ];
}

const LEAD = `[Unit]
Description=Sluice leading and standing by
Wants=${FENCE_UNIT}
After=${FENCE_UNIT}
StartLimitIntervalSec=0

[Service]
ExecStart=${HEAD_LAYOUT.program} lead
EnvironmentFile=-${HEAD_LAYOUT.proxy}
OOMScoreAdjust=-900
# Slurm's daemons are stopped first.
TimeoutStopSec=60
Restart=always
RestartSec=300ms
`;

const FENCE = `[Unit]
Description=Sluice's dead man's switch
StartLimitIntervalSec=0

[Service]
ExecStart=${HEAD_LAYOUT.fence}
OOMScoreAdjust=-1000
CPUWeight=10000
Restart=always
RestartSec=100ms
`;

export interface FenceOptions {
  /** What is killed. */
  readonly units: readonly string[];
  /** What is stopped for that, so that nothing is started again; missing: the same units. */
  readonly stop?: readonly string[];
  /** What is started when all of them have ended, because it knows by itself how to wait. */
  readonly again?: readonly string[];
  /** File with the milliseconds of uptime until which they may run. */
  readonly until: string;
  /** Written as in /proc/uptime; for tests. */
  readonly uptime?: string;
}

/** What a head kills, see `renderFence`. */
export const HEAD_FENCE: FenceOptions = {
  units: [...LEADING_UNITS, TERMINAL_UNITS],
  stop: [LEADING_TARGET],
  until: HEAD_LAYOUT.leadUntil,
};

/**
 * A dead man's switch. The process that holds a lease writes until when it does, in milliseconds of
 * the machine's uptime; when that has passed, whatever that process does or does not, this kills what
 * only the holder may run, and powers the machine off when that can't be done. It needs neither Node
 * nor the volume nor the network.
 */
export function renderFence(options: FenceOptions = HEAD_FENCE): string {
  const { again = [], units, until, uptime = "/proc/uptime" } = options;
  const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(" ");
  const start = again.length === 0 ? "" : `\n  control start --no-block ${quoted(again)}`;
  return `#!/bin/sh
control() { timeout -s KILL 2 systemctl "$@"; }
# Of a pattern, those that are there.
is_stopped() {
  states=$(control show --property=ActiveState --value ${quoted(units)}) || return 1
  for state in $states; do
    case $state in inactive | failed) ;; *) return 1 ;; esac
  done
}
end() {
  control stop --no-block ${quoted(options.stop ?? units)}
  control kill -s KILL ${quoted(units)} 2> /dev/null
  tries=0
  until is_stopped; do
    tries=$((tries + 1))
    [ "$tries" -lt 8 ] || systemctl poweroff -ff
    sleep 0.25
    control kill -s KILL ${quoted(units)} 2> /dev/null
  done${start}
}
ended=
while :; do
  read -r up rest < ${uptime}
  now=\${up%.*}\${up#*.}0
  { read -r until < ${until}; } 2> /dev/null || until=0
  case $until in '' | *[!0-9]*) until=0 ;; esac
  if [ "$now" -ge "$until" ] && [ "$until" != "$ended" ]; then
    end
    ended=$until
  fi
  sleep 0.5
done
`;
}
