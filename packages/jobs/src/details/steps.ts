import { memoryIn, parseTime, secondsOf } from "@sluice/slurm";

/** A step of a job, as accounting has it: the batch script, or one srun. */
export interface JobStep {
  /** `12.batch`, `12.0` */
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly exitCode: string;
  readonly startTime: Date | undefined;
  readonly endTime: Date | undefined;
  readonly tasks: number | undefined;
  readonly cpuSecondsUsed: number | undefined;
  /** Of its largest task. */
  readonly maxMemoryMib: number | undefined;
}

/** For `sacct --parsable2 --noheader --format`; the name, which is free text, is last. */
export const STEP_FIELDS = "JobID,State,ExitCode,Start,End,NTasks,TotalCPU,MaxRSS,JobName";
const FIELDS = STEP_FIELDS.split(",").length;

/** Steps of such an output; the jobs themselves, and what is no row, are left out. */
export function stepsOf(output: string): readonly JobStep[] {
  return output.split("\n").flatMap((line) => {
    const values = line.split("|");
    const [id = "", state = "", exitCode = "", start, end, tasks, cpu = "", memory = ""] = values;
    if (values.length < FIELDS || !/^\d+(_\d+)?\.\w+$/.test(id)) return [];
    return [
      {
        id,
        name: values.slice(FIELDS - 1).join("|"),
        state: state.split(" ")[0] ?? "",
        exitCode,
        startTime: parseTime(start),
        endTime: parseTime(end),
        tasks: Number(tasks) || undefined,
        cpuSecondsUsed: secondsOf(cpu),
        maxMemoryMib: memoryIn(`mem=${memory}`),
      },
    ];
  });
}
