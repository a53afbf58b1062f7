import { existsSync, globSync, readFileSync } from "node:fs";

/** Of Debian's libfaketime, on the host that drills. */
const LIBRARIES = "/usr/lib/*/faketime/libfaketimeMT.so.1";

/** Seconds by which the clock goes back. Over 30, nodes take no orders of Slurm, whoever leads. */
const BACK = 20;

/** What a head that leads runs, as far as it asks for the time of the day. */
const LED = ["munge", "slurmctld", "slurmrestd", "sluice-head", "sluice-gateway"];
/** What makes it lead. Stopped in order, these would stop all of the above with them. */
const LEADING = ["sluice-fence", "sluice-lead"];
const UNITS = [...LED, ...LEADING];

const FOLDER = "/run/sluice-clock";

const DROP_IN = `[Service]
Environment=LD_PRELOAD=${FOLDER}/library.so DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 \\
  FAKETIME_TIMESTAMP_FILE=${FOLDER}/offset
`;

const AGAIN = `systemctl daemon-reload
  systemctl restart ${LED.join(" ")}
  for unit in ${LEADING.join(" ")}; do systemctl kill --signal=KILL "$unit"; done`;

/** What is run as root on a head to have its clock go back, and to have it right again. */
export interface ClockScripts {
  /** Goes on with the right time, in a way that it can be set. */
  readonly prepare: string;
  readonly setBack: string;
  readonly undo: string;
}

/**
 * Machines of the local cloud share the host's clock, so that of their processes is set: by a library
 * between them and the kernel, which changes the time of the day and nothing else, as settimeofday(2)
 * would. Throws when the host does not have it.
 */
export function clockScripts(): ClockScripts {
  const library = globSync(LIBRARIES).find((path) => existsSync(path));
  if (library === undefined) {
    throw new TypeError("there is no libfaketime here: apt-get install libfaketime");
  }
  const places = UNITS.map((unit) => `/run/systemd/system/${unit}.service.d`).join(" ");
  return {
    prepare: `set -e
  mkdir -p ${FOLDER} ${places}
  base64 -d > ${FOLDER}/library.so <<'END'\n${readFileSync(library, "base64")}\nEND
  echo +0 > ${FOLDER}/offset
  for place in ${places}; do cat > "$place/sluice-clock.conf" <<'END'\n${DROP_IN}END
  done
  ${AGAIN}
  timeout 15 sh -c "until scontrol ping | grep -q 'is UP'; do sleep 0.2; done"`,
    setBack: `echo -${BACK}s > ${FOLDER}/offset`,
    undo: `for place in ${places}; do rm -f "$place/sluice-clock.conf"; done
  ${AGAIN}
  rm -rf ${FOLDER}`,
  };
}
