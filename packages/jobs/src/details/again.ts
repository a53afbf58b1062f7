/** What is not about the job, or is said in another way when it is submitted again. */
const NOT_AGAIN =
  /^--(parsable|quiet|verbose|wait|test-only|extra|chdir|wrap|uid|gid|help|version)(=|$)/;

/** What a list of jobs knows of one. */
export interface SubmittedAs {
  readonly name: string;
  readonly partition: string;
  readonly account: string;
  readonly qos: string;
  readonly timeLimitSeconds: number | undefined;
}

/**
 * Options to submit a job with again.
 *
 * @param submitLine as accounting keeps it: the words of sbatch with a blank between them, so that
 * words with blanks in them can't be told. It counts only where each word is a whole `--option` or
 * `--option=value`, and what follows is nothing, standard input or the script that the job is called
 * after; else what is known of the job does.
 */
export function optionsAgain(submitLine: string | undefined, job: SubmittedAs): readonly string[] {
  return wordsOf(submitLine, job.name) ?? knownOf(job);
}

function wordsOf(submitLine: string | undefined, name: string): readonly string[] | undefined {
  const [program, ...words] = (submitLine ?? "").trim().split(" ");
  if (program === undefined || !/(^|\/)sbatch$/.test(program)) return undefined;
  const end = words.findIndex((word) => !word.startsWith("-"));
  const options = end === -1 ? words : words.slice(0, end);
  if (!options.every((word) => /^--[a-z][a-z-]*(=[^\s]*)?$/.test(word))) return undefined;
  const script = end === -1 ? undefined : words[end];
  const isScript = script === "/dev/stdin" || script?.split("/").at(-1) === name;
  return script === undefined || isScript
    ? options.filter((word) => !NOT_AGAIN.test(word))
    : undefined;
}

function knownOf(job: SubmittedAs): readonly string[] {
  const option = (name: string, value: string) => (value === "" ? [] : [`--${name}=${value}`]);
  const minutes =
    job.timeLimitSeconds === undefined ? "" : String(Math.ceil(job.timeLimitSeconds / 60));
  return [
    ...(/[\r\n\0]/.test(job.name) ? [] : option("job-name", job.name)),
    ...option("partition", job.partition),
    ...option("account", job.account),
    ...option("qos", job.qos),
    ...option("time", minutes),
  ];
}
