/** Long options of sbatch that an application may give; the others belong to the run itself. */
const TAKEN: ReadonlySet<string> = new Set([
  ...["account", "array", "begin", "bb", "constraint", "contiguous", "core-spec"],
  ...["cores-per-socket", "cpu-freq", "cpus-per-gpu", "cpus-per-task", "deadline", "delay-boot"],
  ...["dependency", "distribution", "error", "exclude", "exclusive", "gpu-bind"],
  ...["gpu-freq", "gpus", "gpus-per-node", "gpus-per-socket", "gpus-per-task", "gres"],
  ...["gres-flags", "hint", "hold", "input", "job-name", "kill-on-invalid-dep", "licenses"],
  ...["mail-type", "mail-user", "mcs-label", "mem", "mem-bind", "mem-per-cpu", "mem-per-gpu"],
  ...["mincpus", "network", "nice", "no-kill", "no-requeue", "nodelist", "nodes", "ntasks"],
  ...["ntasks-per-core", "ntasks-per-gpu", "ntasks-per-node", "ntasks-per-socket", "open-mode"],
  ...["output", "overcommit", "oversubscribe", "partition", "power", "prefer", "priority"],
  ...["profile", "propagate", "qos", "reboot", "requeue", "reservation", "segment", "signal"],
  ...["sockets-per-node", "spread-job", "switches", "thread-spec", "threads-per-core", "time"],
  ...["time-min", "tmp", "tres-bind", "tres-per-task", "use-min-nodes", "wckey"],
]);

const NOT_TAKEN: Readonly<Record<string, string>> = {
  chdir: "a job works in its run's folder",
  clusters: "the cluster is chosen with the run",
  comment: "Sluice knows its jobs by it",
  extra: "Sluice knows its jobs by it",
  export: "a job begins as a login of its user",
  parsable: "Sluice reads what sbatch answers",
  quiet: "Sluice reads what sbatch answers",
  "test-only": "nothing would be submitted",
  wait: "Sluice follows the job itself",
  wrap: "the script is the application's",
  uid: "jobs are their owner's",
  gid: "jobs are their owner's",
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they would end a line of Slurm's.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Why an option can't be given; undefined when it can. */
export function optionRefusal(name: string): string | undefined {
  if (TAKEN.has(name)) return undefined;
  const reason = Object.hasOwn(NOT_TAKEN, name) ? NOT_TAKEN[name] : undefined;
  return reason ?? "that is no long option of sbatch's";
}

/** `--name=value`, one word that no shell sees. */
export function optionWord(name: string, value: string | true): string {
  return value === true ? `--${name}` : `--${name}=${value}`;
}

/** Why a value can't be an option's. */
export function optionValueRefusal(value: string): string | undefined {
  if (CONTROL.test(value)) return "it has a line end or a control character";
  if (value.length > 4000) return "it is longer than 4000 characters";
  return undefined;
}

/** Options as a person types them: each `--name` or `--name=value`. */
export function extraOptionRefusal(word: string): string | undefined {
  const [, name] = /^--([a-z][a-z-]*)(?:=.*)?$/s.exec(word) ?? [];
  if (name === undefined) return `${JSON.stringify(word)} is not --name or --name=value`;
  const refusal = optionRefusal(name);
  return refusal === undefined ? optionValueRefusal(word) : `--${name}: ${refusal}`;
}
