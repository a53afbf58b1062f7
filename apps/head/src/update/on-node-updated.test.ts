import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterConfig, parseClusterFile } from "@sluice/model";
import { afterEach, beforeEach, expect, it } from "vitest";
import { onNodeUpdated } from "./on-node-updated.ts";

let folder: string;
const path = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-updated-"));
  for (const [name, last] of [
    ["one.sh", "exit 0"],
    ["two.sh", `test -e ${path("good")} || { echo "not yet"; exit 3; }`],
  ]) {
    writeFileSync(path(`${name}`), `#!/bin/sh\necho "${name}" "$@" >> ${path("ran")}\n${last}\n`);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const parsed = parseClusterFile(
  `Region: eu-central-1
Image: { Os: debian13 }
HeadNode:
  InstanceType: t3.medium
  CustomActions:
    OnNodeUpdated:
      Sequence: [{ Script: "s3://b/one.sh", Args: ["a b"] }, { Script: "s3://b/two.sh" }]
Scheduling: { SlurmQueues: [{ Name: q, ComputeResources: [{ Name: c, InstanceType: t3.micro }] }] }
`,
  { fileName: "f.yaml" },
);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
const config: ClusterConfig = parsed.config;

const ran = (): string[] => readFileSync(path("ran"), "utf8").split("\n").slice(0, -1);

it("runs each script once for a version, also when it is begun anew", async () => {
  const fetch = `sh -c 'cp "${folder}/$(basename "$0")" "$1"'`;
  const update = onNodeUpdated(path("notes"), fetch);
  await expect(update(config, 3)).rejects.toThrow(/two\.sh ended with status 3/);
  expect(ran()).toEqual(["one.sh a b", "two.sh"]);
  writeFileSync(path("good"), "");
  await update(config, 3);
  await update(config, 3);
  expect(ran()).toEqual(["one.sh a b", "two.sh", "two.sh"]);
  await update(config, 4);
  expect(ran()).toHaveLength(5);
});
