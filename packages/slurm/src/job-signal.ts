import type { JobSignal } from "./control.ts";

/** What a list of options says, for one component of a job. */
export interface AskedSignal {
  /** The last `--signal` that can be understood. */
  readonly signal: JobSignal | undefined;
  /** The job's script is the value of `--wrap`: there are no `#SBATCH` lines. */
  readonly isWrapped: boolean;
}

/** As `--signal` is documented: sent this long before the end when no time is given. */
const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 65_535;

const NAMES = new Set(
  "HUP INT QUIT ABRT KILL ALRM TERM USR1 USR2 URG CONT STOP TSTP TTIN TTOU".split(" "),
);
/** No program can handle these. */
const UNHANDLED = new Set(["KILL", "STOP", "9", "19"]);

/** Options of sbatch, salloc and srun whose value, if any, is never the next word. */
const LONG_WITHOUT_VALUE = [
  ...["bell", "compress", "consolidate-segments", "contiguous", "disable-status", "exact"],
  ...["exclusive", "get-user-env", "help", "hold", "ignore-pbs", "immediate", "kill-command"],
  ...["kill-on-bad-exit", "label", "multi-prog", "nice", "no-allocate", "no-bell", "no-kill"],
  ...["no-requeue", "no-shell", "oom-kill-step", "overcommit", "overlap", "oversubscribe"],
  ...["parsable", "preserve-env", "propagate", "pty", "quiet", "quit-on-interrupt", "reboot"],
  ...["requeue", "resv-ports", "send-libs", "share", "spread-job", "stepmgr", "test-only"],
  ...["unbuffered", "usage", "use-min-nodes", "verbose", "version", "x11"],
];
const SHORT_WITH_VALUE = "AabBcCdDeFgGiJLmMnNopPqrStTwx";
/** What follows in the same word is their value. */
const SHORT_WITH_OPTIONAL_VALUE = "IkK";

/** A signal as Slurm's commands take it, without SIG; undefined for what is none. */
export function signalName(text: string): string | undefined {
  if (/^\d{1,2}$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= 64 ? String(number) : undefined;
  }
  const name = text.toUpperCase().replace(/^SIG/, "");
  return NAMES.has(name) ? name : undefined;
}

/** True when a program can write a checkpoint on it. */
export function canBeHandled(signal: string): boolean {
  return !UNHANDLED.has(signal);
}

/**
 * What the command asks for with which a job was submitted, read as getopt reads it: to the first
 * word that is neither an option nor an option's value, or to `--wrap`.
 *
 * Slurm keeps the words with blanks between them and without their quotes, so a name or a comment
 * of several words ends the options early: a signal behind it is not seen, and none is made up.
 *
 * @param component which part of a heterogeneous job, from 0.
 */
export function signalOfSubmitLine(line: string, component = 0): AskedSignal {
  const [command = "", ...words] = line.split(/\s+/).filter((word) => word !== "");
  return readOptions(words, command.endsWith("srun")).at(component) ?? NOTHING;
}

/** What the `#SBATCH` lines of a script ask for: those before its first command, as sbatch does. */
export function signalOfScript(script: string, component = 0): JobSignal | undefined {
  const words: string[][] = [[]];
  for (const line of script.split("\n")) {
    if (/^\s*[^#\s]/.test(line)) break;
    const found = directiveWords(line);
    if (found[0] === "hetjob" || found[0] === "packjob") words.push([]);
    else words.at(-1)?.push(...found);
  }
  return readOptions(words.at(component) ?? [], false).at(0)?.signal;
}

const NOTHING: AskedSignal = { signal: undefined, isWrapped: false };

/** One answer for each component; ` : ` stands between two. */
function readOptions(words: readonly string[], isSrun: boolean): AskedSignal[] {
  const found = [NOTHING];
  const add = (more: Partial<AskedSignal>) => found.push({ ...(found.pop() ?? NOTHING), ...more });
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === ":") {
      found.push(NOTHING);
    } else if (!/^-./.test(word) || word === "--") {
      break;
    } else if (!word.startsWith("--")) {
      if (shortTakesNext(word.slice(1), isSrun)) at++;
    } else {
      const [, name = "", given] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      if (isShortFor(name, "wrap", "wr")) {
        add({ isWrapped: true });
        break;
      }
      if (longTakesNone(name, isSrun)) continue;
      const value = given ?? words[++at] ?? "";
      if (isShortFor(name, "signal", "si")) add({ signal: parseSignal(value) });
    }
  }
  return found;
}

/** getopt takes an option's beginning for it where no other one begins so. */
function isShortFor(name: string, option: string, shortest: string): boolean {
  return option.startsWith(name) && name.startsWith(shortest);
}

function longTakesNone(name: string, isSrun: boolean): boolean {
  if (name === "wait") return !isSrun;
  return LONG_WITHOUT_VALUE.some((option) => option.startsWith(name));
}

/** True when the last letter of `-N`, `-HN`, … wants a value that is the next word. */
function shortTakesNext(letters: string, isSrun: boolean): boolean {
  for (const [at, letter] of [...letters].entries()) {
    if (SHORT_WITH_OPTIONAL_VALUE.includes(letter)) return false;
    if (SHORT_WITH_VALUE.includes(letter) || (letter === "W" && isSrun)) {
      return at === letters.length - 1;
    }
  }
  return false;
}

/** `[R][B]:sig[@seconds]`. */
function parseSignal(text: string): JobSignal | undefined {
  const match = /^(?:(R?B?|BR):)?([A-Z0-9]+)(?:@(\d{1,5}))?$/i.exec(text);
  const signal = signalName(match?.[2] ?? "");
  const seconds = Number(match?.[3] ?? DEFAULT_SECONDS);
  if (signal === undefined || seconds > MAX_SECONDS) return undefined;
  return { signal, seconds, batchOnly: /B/i.test(match?.[1] ?? "") };
}

/** The words of one `#SBATCH` line, with quotes and backslashes; a bare `#` begins a comment. */
function directiveWords(line: string): string[] {
  const directive = /^#SBATCH\s+(.*)$/.exec(line)?.[1] ?? "";
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < directive.length; at++) {
    const c = directive[at] ?? "";
    if (c === "\\" && quote !== "'") {
      word = (word ?? "") + (directive[++at] ?? "");
    } else if (quote !== undefined) {
      if (c === quote) quote = undefined;
      else word = (word ?? "") + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= "";
    } else if (c === "#") {
      break;
    } else if (!/\s/.test(c)) {
      word = (word ?? "") + c;
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
