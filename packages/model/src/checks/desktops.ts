import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { isTiny } from "./machine-types.ts";
import { providerOf } from "./provider.ts";

const ID = "DcvValidator";

const EVERYONE: ReadonlySet<string> = new Set(["0.0.0.0/0", "::/0"]);

/** Desktops need memory, and are nobody else's to open. */
export function* desktops(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  if (file.HeadNode) yield* desktop(file.HeadNode, ["HeadNode"]);
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    yield* desktop(item, ["LoginNodes", "Pools", index]);
  }
}

type DraftNode = Pick<NonNullable<DraftFile["HeadNode"]>, "Dcv" | "InstanceType">;

function* desktop({ Dcv: dcv, InstanceType: type }: DraftNode, path: Path): Generator<Problem> {
  if (dcv?.Enabled !== true) return;
  if (typeof type === "string" && isTiny(type)) {
    const message = `${type} has 1 GiB of memory or less, and a desktop needs about 1.7 GiB to be stable`;
    const suggestion = "write a machine type with at least 2 GiB";
    yield problem(ID, [...path, "InstanceType"], message, suggestion, { level: "WARNING" });
  }
  const { AllowedIps: allowed, Port: port = 8443 } = dcv;
  if (allowed === null || (allowed !== undefined && !EVERYONE.has(allowed))) return;
  const message = `port ${port ?? 8443} of the desktop is open to the whole internet`;
  const suggestion = "write AllowedIps with the addresses that people come from";
  const place = [...path, "Dcv", "AllowedIps"];
  const at = allowed === undefined ? "missing" : "value";
  yield problem(ID, place, message, suggestion, { at, level: "WARNING" });
}
