/**
 * The arguments of a batch script, which slurmctld tells nobody of. Accounting keeps the command, as
 * words with blanks between them: one argument of several words comes back as several.
 *
 * @param command the script's path as it was given; empty for `--wrap`.
 * @returns undefined when the command is not in the line.
 */
export function argumentsIn(submitLine: string, command: string): readonly string[] | undefined {
  const at = ` ${submitLine} `.lastIndexOf(` ${command} `);
  if (command === "" || at < 0) return undefined;
  return submitLine
    .slice(at + command.length)
    .split(/\s+/)
    .filter((word) => word !== "");
}

const OF_SHELLS = /\$(?:[1-9@*#]|\{[#!]?[1-9@*#])|\bshift\b|\bgetopts\b|\bBASH_ARGV\b/;
const OF_OTHERS = /argv|ARGV|argparse|commandArgs|optparse|docopt|click|\$(?:[1-9@*#]|\{[1-9@*#])/;

/** Whether a script seems to look at its arguments; rather once too often than too rarely. */
export function readsArguments(script: string): boolean {
  const [first = ""] = script.split("\n", 1);
  return (/^#!.*\b(?:ba|da|z|k|a)?sh\b/.test(first) ? OF_SHELLS : OF_OTHERS).test(script);
}
