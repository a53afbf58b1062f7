import type { DraftFile } from "../cluster-file/draft.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { cloudGroupsOf } from "./compute-groups.ts";
import { type MachineFacts, machineFacts } from "./machine-facts.ts";
import { headTypesOf } from "./machine-types.ts";
import { providerOf } from "./provider.ts";

/** What is built on the head node, and shared by it, runs on every node. */
export function* architectures(file: DraftFile): Generator<Problem> {
  const head = headFacts(file);
  if (head === undefined) return;
  const provider = providerOf(file) ?? "local";
  const standby = headTypesOf(file)
    .filter(({ path }) => path.includes("Standby"))
    .map((type) => ({ ...type, facts: machineFacts(provider, type.name) }));
  for (const { types } of [{ types: standby }, ...cloudGroupsOf(file)]) {
    for (const { name, path, facts } of types) {
      if (facts === undefined || facts.arch.some((arch) => head.arch.includes(arch))) continue;
      const message = `${name} is ${facts.arch.join(" and ")} and the head node ${head.arch.join(" and ")}, so programs built on one do not run on the other`;
      const suggestion = `write a machine type that is ${head.arch.join(" or ")}, or another for the head node`;
      yield problem("InstanceArchitectureCompatibilityValidator", path, message, suggestion);
    }
  }
}

const INTEL = ["AdditionalPackages", "IntelSoftware", "IntelHpcPlatform"] as const;

/** Intel made these packages for CentOS 7 on its own processors. */
export function* intelPackages(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  if (file.AdditionalPackages?.IntelSoftware?.IntelHpcPlatform !== true) return;
  const os = file.Image?.Os;
  const remove = "remove it, and install Intel's oneAPI in an image or a script instead";
  if (typeof os === "string") {
    const message = `Intel's HPC platform packages exist for CentOS 7 only, and Os is ${os}`;
    yield problem("IntelHpcOsValidator", INTEL, message, remove);
  }
  const arch = headFacts(file)?.arch;
  if (arch === undefined || arch.includes("x86_64")) return;
  const message = `Intel's HPC platform packages are for x86_64, and the head node is ${arch.join(" and ")}`;
  yield problem("IntelHpcArchitectureValidator", INTEL, message, remove);
}

function headFacts(file: DraftFile): MachineFacts | undefined {
  const provider = providerOf(file);
  const name = file.HeadNode?.InstanceType;
  if (provider === undefined || typeof name !== "string") return undefined;
  return machineFacts(provider, name);
}
