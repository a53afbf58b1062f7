import type { ClusterConfig } from "@sluice/model";
import { shellWord } from "./shell.ts";

export type CustomActions = ClusterConfig["Scheduling"]["SlurmQueues"][number]["CustomActions"];
export type Action = NonNullable<CustomActions>["OnNodeStart"];

/**
 * The function `action`: fetches a script and runs it as root with its arguments, once in the life
 * of a machine.
 *
 * @param fetchUrlCommand shell; `URL FILE` goes behind it.
 */
export function actionFunction(fetchUrlCommand: string): string {
  return `action() {
  script=$state/$1
  url=$2
  shift 2
  [ ! -e "$script.done" ] || return 0
  ${fetchUrlCommand} "$url" "$script"
  chmod 700 "$script"
  "$script" "$@" || {
    echo "$url ended with status $?"
    return 1
  }
  : > "$script.done"
}`;
}

/** A line for each script of the action, for `step` to run. */
export function actionLines(
  stage: "OnNodeStart" | "OnNodeConfigured" | "OnNodeUpdated",
  action: Action,
): string[] {
  return scriptsOf(action).map(({ Script, Args = [] }, index) =>
    [
      ...["step", stage, "action", `${stage}-${index + 1}`],
      ...[Script, ...Args.map(String)].map(shellWord),
    ].join(" "),
  );
}

export function scriptsOf(action: Action) {
  if (action === undefined) return [];
  const { Script, Args, Sequence = [] } = action;
  return Script === undefined ? Sequence : [{ Script, Args }];
}
