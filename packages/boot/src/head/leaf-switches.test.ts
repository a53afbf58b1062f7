import { findingsError, parseClusterFile } from "@sluice/model";
import { describe, expect, test } from "vitest";
import { leafSwitches } from "./leaf-switches.ts";

const SUBNET = "SubnetIds: [subnet-0123456789abcdef0]";

/** The leaf of each compute resource that has one, by queue and its own name. */
function leaves(queues: string): Readonly<Record<string, string>> {
  const text = `Region: us-east-1
Image: { Os: alinux2023 }
HeadNode: { InstanceType: c6i.xlarge, Networking: { SubnetId: subnet-0123456789abcdef0 } }
Scheduling: { SlurmQueues: [${queues}] }
`;
  const parsed = parseClusterFile(text, { fileName: "f.yaml" });
  if (!parsed.ok) throw findingsError(parsed.findings);
  const leafOf = leafSwitches(parsed.config);
  return Object.fromEntries(
    parsed.config.Scheduling.SlurmQueues.flatMap((queue) =>
      queue.ComputeResources.flatMap((resource) => {
        const leaf = leafOf(queue, resource);
        return leaf === undefined ? [] : [[`${queue.Name}/${resource.Name}`, leaf] as const];
      }),
    ),
  );
}

const queue = (name: string, resources: string, placement = ""): string =>
  `{ Name: ${name}, Networking: { ${SUBNET}${placement} }, ComputeResources: [${resources}] }`;
const resource = (name: string, more = ""): string =>
  `{ Name: ${name}, InstanceType: c6in.32xlarge${more} }`;

const MANAGED = ", PlacementGroup: { Enabled: true }";
const OWN = ", Networking: { PlacementGroup: { Enabled: true } }";
const NAMED = ", Networking: { PlacementGroup: { Name: lab } }";

describe("leaf switches", () => {
  test("are placement groups, and nothing else is", () => {
    const both = `${resource("a", ", Efa: { Enabled: true }")}, ${resource("b")}`;
    expect(leaves(queue("q", both, ", PlacementGroup: { Enabled: false }"))).toEqual({});
    expect(leaves(queue("q", both, MANAGED))).toEqual({ "q/a": "q.a", "q/b": "q.b" });
    expect(leaves(queue("q", `${resource("a", OWN)}, ${resource("b")}`))).toEqual({ "q/a": "q.a" });
  });

  test("are shared where several compute resources name one placement group", () => {
    const text = [
      queue("q", `${resource("a", NAMED)}, ${resource("b")}, ${resource("c", NAMED)}`, MANAGED),
      queue("r", resource("d", NAMED)),
    ].join(", ");
    expect(leaves(text)).toEqual({ "q/a": "q.a", "q/b": "q.b", "q/c": "q.a", "r/d": "q.a" });
  });

  test("are a compute resource's own before its queue's", () => {
    const out = ", Networking: { PlacementGroup: { Enabled: false } }";
    const named = ", PlacementGroup: { Name: lab }";
    const all = [resource("a"), resource("b"), resource("c", out), resource("d", OWN)].join(", ");
    expect(leaves(queue("q", all, named))).toEqual({ "q/a": "q.a", "q/b": "q.a", "q/d": "q.d" });
  });
});
