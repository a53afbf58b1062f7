/**
 * Commands that read an argument as a program once more: a value that came to them as one exact word
 * would still be run. Told by the words that stand before the value in its command.
 *
 * The list is of what scripts for clusters use. A command that is not in it gets the value exactly;
 * what it does with that is its own affair.
 */

/** Run what they are given, whichever word it is. */
const ALL_WORDS: ReadonlySet<string> = new Set([
  ...["eval", "let", "trap", "alias", "bind", "enable", "builtin", "command", "complete"],
  ...["compgen", "mapfile", "readarray", "read", "unset", "getopts", "coproc"],
  ...[
    "make",
    "gmake",
    "ssh",
    "rsh",
    "pdsh",
    "clush",
    "su",
    "sg",
    "watch",
    "parallel",
    "at",
    "batch",
  ],
]);

/** Take `name=value`; what comes before `=` is evaluated when it is like `a[…]`. */
const DECLARING: ReadonlySet<string> = new Set([
  ...["declare", "typeset", "local", "export", "readonly"],
]);

/** Run a text that is given by an option, or by standard input. */
const INTERPRETER =
  /^(?:(?:ba|da|k|mk|z|c|tc|fi|a)?sh|busybox|script|flock|python[\d.]*|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|php[\d.]*|lua[\d.]*|R|Rscript|julia|octave|matlab|tclsh|expect|gnuplot|psql|mysql|sqlite3|sbatch)$/;
const CODE_OPTION =
  /^(?:-[A-Za-z]*[ceEr]|--eval|--exec|--execute|--command|--print|--wrap|-batch|-p|-pe|-ne)$/;
const ATTACHED_CODE = /^(?:-[A-Za-z]*[ceEr]|--(?:eval|exec|execute|command|print|wrap)=)/;

/** Have a language of their own in what is mostly given in quotes. */
const LANGUAGES = /^(?:[gmn]?awk|g?sed|jq|yq|bc|dc|gnuplot|octave|matlab|sqlite3|psql|mysql)$/;

/** Assigning these makes bash run, count or split by what they are. */
const SPECIAL_VARIABLES =
  /^(?:PS\d|PROMPT_COMMAND|BASH_ENV|ENV|IFS|S?RANDOM|SECONDS|LINENO|BASHPID|EPOCHSECONDS|OPTIND|HISTCMD|MAILCHECK|SHELLOPTS|BASHOPTS|BASH_[A-Z]+)$/;

const ASSIGNMENT = /^([A-Za-z_]\w*)\+?=/;

/** A value's place among the words of its command. */
export interface WordPlace {
  /** Words before, quotes removed; those with expansions begin with `$`. */
  readonly words: readonly string[];
  /** What stands before the value in its own word, quotes removed. */
  readonly prefix: string;
  readonly isQuoted: boolean;
  readonly redirect: "none" | "file" | "here-string";
}

/** Why bash, or the command, would not take a value here as one exact argument; undefined: it does. */
export function whyNotExact({ words, prefix, isQuoted, redirect }: WordPlace): string | undefined {
  const names = words.map((word) => word.slice(word.lastIndexOf("/") + 1));
  const isInterpreted = names.some((name) => INTERPRETER.test(name));
  const runsText = isInterpreted || words.some(isExpansion);
  if (redirect === "here-string" && runsText) return "the command would run it as a program";
  if (redirect !== "none") return undefined;
  if (prefix.lastIndexOf("[") > prefix.lastIndexOf("]")) {
    return "between brackets bash reckons with it or matches by it";
  }
  const variable = ASSIGNMENT.exec(prefix)?.[1];
  const command = words[0];
  if (command === undefined) {
    if (variable === undefined && !prefix.includes("/")) {
      return "the value would be the command itself";
    }
    if (variable !== undefined && SPECIAL_VARIABLES.test(variable)) {
      return `${variable} means something to bash`;
    }
    return undefined;
  }
  const evaluating = names.find((name) => ALL_WORDS.has(name));
  if (evaluating !== undefined) return `${evaluating} would evaluate it`;
  if (DECLARING.has(command)) {
    if (variable === undefined) return `${command} would take it as a name`;
    return SPECIAL_VARIABLES.test(variable) ? `${variable} means something to bash` : undefined;
  }
  const before = words.at(-1) ?? "";
  if (["[", "test"].includes(command) && /^-[vR]$/.test(before)) {
    return "bash would take it as the name of a variable";
  }
  if (command === "printf" && before === "-v") return "printf would take it as a name";
  if (runsText && CODE_OPTION.test(before)) return "the command would run it as a program";
  if (isInterpreted && ATTACHED_CODE.test(prefix)) return "the command would run it as a program";
  const language = names.findIndex((name) => LANGUAGES.test(name));
  if (language !== -1) {
    const hasProgram = words.slice(language + 1).some((word) => !word.startsWith("-"));
    if (isQuoted || (!hasProgram && !prefix.includes("="))) {
      return "it would be part of a program, in which shell quotes do not protect it";
    }
  }
  return undefined;
}

/** `declare -i` reckons with all that is ever assigned to the name, `-n` makes it another's name. */
export function isRiskyDeclaration(words: readonly string[]): boolean {
  return (
    words.some((word) => DECLARING.has(word)) &&
    words.some((word) => /^[-+][A-Za-z]*[in]/.test(word))
  );
}

function isExpansion(word: string): boolean {
  return word.startsWith("$");
}
