import { parseClusterFile } from "@sluice/model";
import { expect, it } from "vitest";
import { rootsOf } from "./roots.ts";

const QUEUES = `
Scheduling:
  SlurmQueues:
    - Name: q
      ComputeResources: [{ Name: c, InstanceType: TYPE, MaxCount: 1 }]
`;

function roots(text: string, home = "/home/ada") {
  const result = parseClusterFile(text, { fileName: "f.yaml" });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return rootsOf({ home }, result.config);
}

const LOCAL = `Provider: local\nHeadNode: { InstanceType: local.head }\n${QUEUES.replace("TYPE", "light.small")}`;
const AWS = `Image: { Os: alinux2023 }
HeadNode: { InstanceType: t3.small, Networking: { SubnetId: subnet-01234567 } }
${QUEUES.replace("TYPE", "c5.large").replace("- Name: q", "- Name: q\n      Networking: { SubnetIds: [subnet-01234567] }")}`;

it("are the home, and what the local cloud always shares", () => {
  expect(roots(LOCAL)).toEqual([
    { path: "/home/ada", name: "Home" },
    { path: "/shared", name: "shared" },
  ]);
});

it("are the home and what the file shares, but never all homes", () => {
  const shared = ["/home", "/data/sets", "/shared"].map(
    (path, i) => `  - { Name: s${i}, MountDir: ${path}, StorageType: Ebs }`,
  );
  expect(roots(`${AWS}SharedStorage:\n${shared.join("\n")}\n`)).toEqual([
    { path: "/home/ada", name: "Home" },
    { path: "/data/sets", name: "data/sets" },
    { path: "/shared", name: "shared" },
  ]);
  expect(roots(AWS, "/nfs/ada")).toEqual([{ path: "/nfs/ada", name: "Home" }]);
});
