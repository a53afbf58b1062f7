import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import type { Path, Problem } from "../cluster-file/problem.ts";
import { given, schemaProblem } from "./keys.ts";
import { type NodeKind, nodeKindsOf } from "./nodes.ts";
import { providerOf } from "./provider.ts";

const EVENTS = ["OnNodeStart", "OnNodeConfigured", "OnNodeUpdated"] as const;

type Action = NonNullable<NonNullable<NodeKind["customActions"]>[(typeof EVENTS)[number]]>;

/** Every event of every kind of node that has something to run. */
function* actionsOf(file: DraftFile): Generator<{ action: Action; path: Path }> {
  // There they have no effect, which another check says.
  if (providerOf(file) === "local") return;
  for (const { customActions, path } of nodeKindsOf(file)) {
    for (const event of EVENTS) {
      const action = customActions?.[event];
      if (action === undefined || action === null) continue;
      yield { action, path: [...path, "CustomActions", event] };
    }
  }
}

/** One script, or several in order. */
export function* customActions(file: DraftFile): Generator<Problem> {
  for (const { action, path } of actionsOf(file)) {
    const scripts = given(action, ["Script", "Sequence"]);
    if (scripts.length === 2) {
      const message = "Script is one script and Sequence several, and here are both";
      yield schemaProblem([...path, "Sequence"], message, "write all of them under Sequence");
    } else if (scripts.length === 0) {
      const message = "there is no script to run";
      yield schemaProblem(path, message, "write Script, or Sequence for several");
    } else if (scripts[0] === "Sequence" && action.Args !== undefined) {
      const message = "Args is for Script, and the scripts of Sequence have arguments of their own";
      yield schemaProblem([...path, "Args"], message, "move it to the script that it is for");
    }
  }
}

/** The addresses of all scripts. */
export function* scriptsOf(file: DraftFile): Generator<{ url: string; path: Path }> {
  for (const { action, path } of actionsOf(file)) {
    if (typeof action.Script === "string") yield { url: action.Script, path: [...path, "Script"] };
    for (const { index, item } of entriesOf(action.Sequence)) {
      if (typeof item.Script !== "string") continue;
      yield { url: item.Script, path: [...path, "Sequence", index, "Script"] };
    }
  }
}
