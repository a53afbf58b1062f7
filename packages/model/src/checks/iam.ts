import type { DraftFile } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { given, schemaProblem } from "./keys.ts";
import { nodeKindsOf } from "./nodes.ts";

/** A role is given whole, or as policies beside those that Sluice makes. */
export function* roleChoices(file: DraftFile): Generator<Problem> {
  for (const { iam, path } of nodeKindsOf(file)) {
    if (iam !== undefined && iam !== null) yield* roleChoice(iam, [...path, "Iam"]);
  }
}

/** Of one section with rights; image builds have one too. */
export function* roleChoice(iam: object, path: Path): Generator<Problem> {
  const [first, ...others] = given(iam, [
    "InstanceRole",
    "InstanceProfile",
    "AdditionalIamPolicies",
  ]);
  for (const key of others) {
    const message = `${first} already says what the nodes may do, and ${key} would not count beside it`;
    yield schemaProblem([...path, key], message, "keep one of them");
  }
  if (first === undefined || first === "AdditionalIamPolicies") return;
  if (given(iam, ["S3Access"]).length === 0) return;
  const message = `S3Access adds to the role that Sluice makes, and ${first} stands instead of it`;
  yield schemaProblem(
    [...path, "S3Access"],
    message,
    `put the rights into that role, or remove ${first}`,
  );
}

const MAX_NAME = 30;
const MAX_PATH = 512;

/** A name, a path, or a path with a name; IAM's letters. */
export function* resourcePrefix(file: DraftFile): Generator<Problem> {
  const prefix = file.Iam?.ResourcePrefix;
  if (typeof prefix !== "string") return;
  const refuse = (message: string, suggestion: string): Problem =>
    problem("IamResourcePrefixValidator", ["Iam", "ResourcePrefix"], message, suggestion);
  if (!/^((\/[\w.,+@=-]+)+\/)?[\w.,+@=-]*$/.test(prefix)) {
    const message = `${showValue(prefix)} can't begin the name or the path of a role`;
    yield refuse(message, 'write a name such as "hpc-", or a path such as "/hpc/"');
    return;
  }
  const end = prefix.lastIndexOf("/") + 1;
  const name = prefix.length - end;
  if (name > MAX_NAME) {
    const message = `the name in it has ${name} characters, and what follows leaves room for ${MAX_NAME}`;
    yield refuse(message, "write a shorter name");
  }
  if (end > MAX_PATH) {
    const message = `the path in it has ${end} characters, and IAM takes ${MAX_PATH}`;
    yield refuse(message, "write a shorter path");
  }
}
