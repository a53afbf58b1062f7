/** Where a machine keeps what its boot did: which actions ran, how long each step took. */
export const BOOT_STATE = "/var/lib/sluice-boot";

/**
 * The head of a script that boots a machine in steps. `step NAME COMMAND…` runs a function of the
 * script in a shell of its own, where any command that fails ends it, notes how many milliseconds
 * it took in `$state/steps` (`NAME MILLISECONDS ok|failed`), and says so. After one that failed it
 * calls `failed NAME`, which the script defines, and ends. `$state/log` has the step's output then.
 */
export const STEPS = `set -u
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
state=\${SLUICE_BOOT_STATE:-${BOOT_STATE}}
install -d -m 700 "$state"
: > "$state/steps"

step() {
  name=$1
  shift
  began=$(date +%s%3N)
  (
    set -e
    "$@"
  ) > "$state/log" 2>&1 < /dev/null
  status=$?
  took=$(($(date +%s%3N) - began))
  if [ "$status" -eq 0 ]; then
    echo "$name $took ok" >> "$state/steps"
    echo "sluice: $name took $took ms"
    return
  fi
  echo "$name $took failed" >> "$state/steps"
  tail -n 30 "$state/log"
  echo "sluice: $name failed after $took ms with status $status; its last lines are above"
  failed "$name"
  exit 1
}
`;
