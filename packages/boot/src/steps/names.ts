import type { MachineFile } from "../head/units.ts";
import { HEAD_NAME, JOIN_PORT } from "../layout.ts";
import { HEAD_CERTIFICATE } from "./join.ts";

/** The lines of a hosts file between which the nodes are. */
export const NAMES_SECTION = {
  begin: "# Nodes of the cluster, by Sluice.",
  end: "# End of the nodes.",
} as const;

/** Brings the names of nodes up to date; never takes longer than a few seconds. */
export const NAMES_PROGRAM = "/etc/sluice/node-names";

/** `Prolog` of slurm.conf where machines keep the names themselves: ours, and what others put there. */
export const PROLOG_PATTERN = "/etc/sluice/prolog.d/*";

const NAMES_PROLOG = "/etc/sluice/prolog.d/10-names";

/** Seconds for which a job on a single node takes the names as they are. */
const FRESH_SECONDS = 30;

/**
 * What machines of a cloud need to know each other by name. They get it from the head when they
 * join, so that user data has room for other things.
 */
export function namesFiles(role: "compute" | "login"): readonly MachineFile[] {
  const program = { path: NAMES_PROGRAM, mode: 0o755, content: PROGRAM };
  return role === "login" ? [program] : [program, PROLOG];
}

/**
 * Asks the head for the section of the hosts file, and gets it only when it is another one than last
 * time. Whatever goes wrong, the names stay as they were.
 */
const PROGRAM = `#!/bin/sh
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
umask 022
state=/run/sluice-names
mkdir -p "$state"
exec 9> "$state/lock"
flock -w 2 9
touch "$state/section"
etag=$(sha256sum "$state/section" | cut -c 1-64)
rm -f "$state/new"
curl --silent --show-error --fail --compressed --max-time 2 --cacert ${HEAD_CERTIFICATE} \\
  --noproxy '*' --header "If-None-Match: \\"$etag\\"" --output "$state/new" \\
  "https://${HEAD_NAME}:${JOIN_PORT}/v1/names"
touch "$state/asked"
[ -s "$state/new" ] || exit 0
[ "$(tail -n 1 "$state/new")" = '${NAMES_SECTION.end}' ]
{
  if grep -qx '${NAMES_SECTION.end}' /etc/hosts; then
    sed '/^${NAMES_SECTION.begin}$/,/^${NAMES_SECTION.end}$/d' /etc/hosts
  else
    grep -vx '${NAMES_SECTION.begin}' /etc/hosts
  fi
  cat "$state/new"
} > /etc/hosts.sluice
chcon --reference=/etc/hosts /etc/hosts.sluice 2> /dev/null || true
mv /etc/hosts.sluice /etc/hosts
mv "$state/new" "$state/section"
`;

/**
 * Before a job's first step on a node. A job that fails here would be requeued and its node drained,
 * so that nothing does.
 */
const PROLOG: MachineFile = {
  path: NAMES_PROLOG,
  mode: 0o755,
  content: `#!/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
case \${SLURM_JOB_NODELIST:-} in
  *[[,]*) ;;
  *)
    # Jobs on one node may be many, and short.
    asked=$(stat -c %Y /run/sluice-names/asked 2> /dev/null || echo 0)
    [ $(($(date +%s) - asked)) -ge ${FRESH_SECONDS} ] || exit 0
    ;;
esac
timeout 5 ${NAMES_PROGRAM} > /dev/null 2>&1
exit 0
`,
};
