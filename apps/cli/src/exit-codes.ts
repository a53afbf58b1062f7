import { isSluiceError } from "@sluice/model";

/** What the process ends with. `run` and `ssh` end with their command's own code instead. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  invalidClusterFile: 3,
  notFound: 4,
  conflict: 5,
  cloudRefused: 6,
  interrupted: 130,
} as const;

export const EXIT_CODES_HELP = `
Exit codes:
  0    done
  1    something failed here, or something unexpected
  2    wrong usage
  3    invalid cluster file
  4    not found
  5    conflict: a name is taken, a cluster is in the wrong state or can't have a change
  6    the cloud refused
  130  interrupted
  run and ssh end with the code of their command.
`;

const CONFLICT = /_(EXISTS|TAKEN|IN_USE|BUSY|WRONG_STATE|NOT_RUNNING|CONFLICT)$/;

/** An error's code decides by its shape, so that a new code needs no new line here. */
export function exitCodeOf(error: unknown): number {
  if (!isSluiceError(error)) return EXIT.failed;
  const { code, source } = error;
  if (code === "INTERRUPTED") return EXIT.interrupted;
  if (code.startsWith("CLUSTER_FILE_")) return EXIT.invalidClusterFile;
  if (code.endsWith("_NOT_FOUND")) return EXIT.notFound;
  if (CONFLICT.test(code)) return EXIT.conflict;
  switch (source) {
    case "user":
      return EXIT.usage;
    case "cloud":
      return EXIT.cloudRefused;
    case "system":
      return EXIT.failed;
    default: {
      const never: never = source;
      return never;
    }
  }
}
