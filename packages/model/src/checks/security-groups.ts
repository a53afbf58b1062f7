import type { DraftFile } from "../cluster-file/draft.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { given, schemaProblem } from "./keys.ts";
import { type NodeKind, nodeKindsOf } from "./nodes.ts";
import { providerOf } from "./provider.ts";

const OWN = "SecurityGroups";
const MORE = "AdditionalSecurityGroups";

/** Groups instead of those that Sluice makes, or beside them: not both. */
export function* securityGroupChoice(file: DraftFile): Generator<Problem> {
  for (const { networking, path } of nodeKindsOf(file)) {
    if (networking === undefined || networking === null) continue;
    if (given(networking, [OWN, MORE]).length < 2) continue;
    const message = `${OWN} stands instead of the groups that Sluice makes and ${MORE} beside them, and here are both`;
    const suggestion = `write all of them under one of the two keys`;
    yield schemaProblem([...path, "Networking", MORE], message, suggestion);
  }
}

/** Groups of one's own for some nodes only may not let the others in. */
export function* mixedSecurityGroups(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  const kinds = [...nodeKindsOf(file)].filter(({ path }) => path[0] !== "LoginNodes");
  const own = kinds.find(hasOwnGroups);
  const made = kinds.find((kind) => !hasOwnGroups(kind));
  if (own === undefined || made === undefined) return;
  const message = `${own.label} has groups of its own and ${made.label} those that Sluice makes, and Slurm needs every node to reach every other`;
  yield problem(
    "MixedSecurityGroupOverwriteValidator",
    [...own.path, "Networking", OWN],
    message,
    `make sure that these groups let each other in, or write ${MORE}`,
    { at: "key", level: "WARNING" },
  );
}

function hasOwnGroups({ networking }: NodeKind): boolean {
  return networking !== undefined && networking !== null && given(networking, [OWN]).length > 0;
}
