/** One line of a configuration file as Slurm's own parser reads it: keys in lower case, in order. */
export type ConfLine = readonly (readonly [key: string, value: string])[];

/**
 * Reads slurm.conf and its friends by the rules of Slurm's parse_config.c: `#` begins a comment
 * unless a backslash is before it, an odd number of backslashes at the end of a line joins the next
 * one, then the backslashes that escape are dropped, and what is left is `Key=value` with a value in
 * quotes or without blanks.
 *
 * @throws Error for a line that Slurm would refuse, or that includes another file.
 */
export function parseConf(text: string): readonly ConfLine[] {
  return joined(text.split("\n").map(withoutComment)).flatMap((line) => {
    const pairs = pairsOf(line.replaceAll(/\\(.)/g, "$1"));
    return pairs.length === 0 ? [] : [pairs];
  });
}

function withoutComment(line: string): string {
  for (let i = 0; i < line.length; i += 1) {
    if (line[i] === "\\") i += 1;
    else if (line[i] === "#") return line.slice(0, i);
  }
  return line;
}

function joined(lines: readonly string[]): readonly string[] {
  const whole: string[] = [];
  let open = "";
  for (const line of lines) {
    const end = /\\*$/.exec(line.trimEnd())?.[0].length ?? 0;
    if (end % 2 === 1) {
      open += line.trimEnd().slice(0, -1);
      continue;
    }
    whole.push(open + line);
    open = "";
  }
  return open === "" ? whole : [...whole, open];
}

/** The expression is Slurm's; its classes of characters are those of the C locale. */
const PAIR =
  /^[ \t\n\v\f\r]*([A-Za-z0-9_.]+)[ \t\n\v\f\r]*([-*+/]?)=[ \t\n\v\f\r]*(?:"([^"]*)"|([^ \t\n\v\f\r]+))(?=[ \t\n\v\f\r]|$)/;

function pairsOf(line: string): ConfLine {
  const pairs: (readonly [string, string])[] = [];
  let rest = line;
  while (/[^ \t\n\v\f\r]/.test(rest)) {
    const [all = "", key = "", operator, quoted, plain] = PAIR.exec(rest) ?? [];
    if (all === "" || operator !== "") throw new Error(`Slurm can't read ${JSON.stringify(rest)}`);
    pairs.push([key.toLowerCase(), quoted ?? plain ?? ""]);
    rest = rest.slice(all.length);
  }
  return pairs;
}
