import type { DraftFile } from "../cluster-file/draft.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { providerOf } from "./provider.ts";

/** Where addresses may connect by SSH somebody has to have a key; without them none is needed. */
export function* keyPairs(file: DraftFile): Generator<Problem> {
  const head = file.HeadNode;
  if (providerOf(file) !== "aws" || head === undefined || head === null) return;
  if (!head.Ssh?.AllowedIps || head.Ssh.KeyName !== undefined) return;
  const message =
    "no key pair is named, so nobody can log in to the head node by SSH unless its image lets them";
  const suggestion =
    "write KeyName, the name of a key pair of EC2, or remove AllowedIps: sluice ssh needs neither";
  yield problem("KeyPairValidator", ["HeadNode", "Ssh", "KeyName"], message, suggestion, {
    at: "missing",
    level: "WARNING",
  });
}
