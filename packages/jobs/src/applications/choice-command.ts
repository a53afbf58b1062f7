/** Where a cluster's administrators put programs that print choices, on the head. */
const PROGRAM = /^\/etc\/sluice\/choices\/(?!\.{1,2}$)[^/]+$/;

/** Slurm's commands that only ask. */
const QUESTIONS: ReadonlySet<string> = new Set([
  ...["sacct", "seff", "sinfo", "sprio", "squeue", "sshare", "sstat"],
]);
const SCONTROL_OPTION = /^(-[adFho]+|--(all|details|future|hide|oneliner))$/;

/**
 * What kind of command may make choices; undefined for any other. Whoever opens a form runs its
 * commands as himself, and anybody may write a form and share it: so none of them changes anything,
 * unless it is a program that administrators put there for this.
 */
export function choiceCommandKind([name = "", ...words]: readonly string[]):
  | "slurm"
  | "program"
  | undefined {
  if (PROGRAM.test(name)) return "program";
  if (QUESTIONS.has(name)) return "slurm";
  const isShow = words.find((word) => !SCONTROL_OPTION.test(word)) === "show";
  return name === "scontrol" && isShow ? "slurm" : undefined;
}
