/**
 * What a submission says for an option of sbatch, such as `--time` or `-t`: the last one said, on the
 * command line before directives, which end where the script's first command stands.
 */
export function askedOption(
  script: string,
  options: readonly string[],
  long: `--${string}`,
  short?: `-${string}`,
): string | undefined {
  const or = (words: string) => (short === undefined ? "" : `|${short}${words}`);
  const option = new RegExp(`^(?:${long}=${or("[= ]?")})(\\S+)$`);
  const given = options.flatMap((word) => option.exec(word)?.[1] ?? []).at(-1);
  if (given !== undefined) return given;
  const directive = new RegExp(`^#SBATCH\\s+(?:${long}[= ]\\s*${or("[= ]?\\s*")})(\\S+)`);
  let found: string | undefined;
  for (const line of script.split("\n")) {
    if (line.trim() !== "" && !line.startsWith("#")) break;
    found = directive.exec(line)?.[1] ?? found;
  }
  return found;
}
