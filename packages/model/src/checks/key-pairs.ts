import type { DraftFile } from "../cluster-file/draft.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { providerOf } from "./provider.ts";

/** Without a key nobody gets in by SSH. */
export function* keyPairs(file: DraftFile): Generator<Problem> {
  const head = file.HeadNode;
  if (providerOf(file) !== "aws" || head === undefined || head === null) return;
  if (head.Ssh === null || head.Ssh?.KeyName !== undefined) return;
  const message =
    "no key pair is named, so nobody can log in to the head node by SSH unless its image lets them";
  const suggestion = "write Ssh with KeyName, the name of a key pair of EC2";
  yield problem("KeyPairValidator", ["HeadNode", "Ssh", "KeyName"], message, suggestion, {
    at: "missing",
    level: "WARNING",
  });
}
