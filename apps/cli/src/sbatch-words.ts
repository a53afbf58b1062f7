import { basename } from "node:path";
import { usage } from "./usage.ts";

/** What stands on a command line behind `sbatch`. */
export interface SbatchWords {
  /** Each one word: `--partition=burst`. */
  readonly options: readonly string[];
  /** From `--chdir`. */
  readonly workingDirectory: string | undefined;
  readonly script: string;
  readonly arguments: readonly string[];
}

/** Letters of sbatch's options; -n is the cluster here, as everywhere: write --ntasks. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ A: "account", a: "array", B: "extra-node-info", b: "begin", C: "constraint" },
  ...{ c: "cpus-per-task", D: "chdir", d: "dependency", e: "error", F: "nodefile", G: "gpus" },
  ...{ H: "hold", i: "input", J: "job-name", k: "no-kill", L: "licenses", M: "clusters" },
  ...{ m: "distribution", N: "nodes", O: "overcommit", o: "output", p: "partition", q: "qos" },
  ...{ S: "core-spec", s: "oversubscribe", t: "time", w: "nodelist", x: "exclude" },
};

/** Options that have no value, or one only behind `=`. */
const ALONE: ReadonlySet<string> = new Set([
  ...["contiguous", "exclusive", "hold", "ignore-pbs", "nice", "no-kill", "no-requeue"],
  ...["overcommit", "oversubscribe", "propagate", "reboot", "requeue", "resv-ports"],
  ...["spread-job", "stepmgr", "use-min-nodes", "kill-on-invalid-dep"],
]);

/** Errors: `USAGE` without a script, and for options that are none. */
export function sbatchWords(words: readonly string[]): SbatchWords {
  const options: string[] = [];
  let workingDirectory: string | undefined;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") continue;
    if (!word.startsWith("-") || word === "-") break;
    const { name, value } = optionOf(word);
    const needsNext = value === undefined && !ALONE.has(name);
    const given = needsNext ? words[++at] : value;
    if (needsNext && given === undefined) throw usage(`--${name} has no value`, HINT);
    if (name === "chdir") workingDirectory = given;
    else options.push(given === undefined ? `--${name}` : `--${name}=${given}`);
  }
  const script = words[at];
  if (script === undefined) throw usage("submit needs a script", HINT);
  return { options, workingDirectory, script, arguments: words.slice(at + 1) };
}

/**
 * Options with the name that sbatch would take by itself, the file's: on the head it has no file.
 * Those that name the job, there or in the script, stay as they are.
 *
 * @param file `path` is `-` for standard input.
 */
export function namedAfterScript(
  options: readonly string[],
  { path, script }: { readonly path: string; readonly script: string },
): readonly string[] {
  const isNamed =
    options.some((option) => option.startsWith("--job-name=")) ||
    /^#SBATCH[ \t](?:.*[ \t])?(?:--job-name|-J)/m.test(script);
  return isNamed || path === "-" ? options : [...options, `--job-name=${basename(path)}`];
}

const HINT = "write sluice submit -n demo --partition=q --time=10 job.sh [arguments…]";

function optionOf(word: string): { readonly name: string; readonly value: string | undefined } {
  const [, name, value] = /^--([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
  if (name !== undefined) return { name, value };
  const [, letter = "", rest = ""] = /^-([A-Za-z])([\s\S]*)$/.exec(word) ?? [];
  const long = Object.hasOwn(LETTERS, letter) ? LETTERS[letter] : undefined;
  if (long === undefined) throw usage(`${word} is no option of sbatch that submit takes`, HINT);
  return { name: long, value: rest === "" ? undefined : rest };
}
