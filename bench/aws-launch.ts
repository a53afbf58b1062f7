/*
 * Launches machines as a head does, once, and says what that took of this process. Argument: where the
 * region is, as `aws-region.ts` says it, with how many machines to launch, as JSON.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaunchRequest } from "@sluice/cloud";
import { createAwsHeadCloud } from "../packages/aws/src/head.ts";
import { queueFile, UNIQUE } from "../packages/aws/src/machines/testing/world.ts";
import { factsPath } from "../packages/aws/src/names.ts";

const { endpoint, credentials, region, machines } = JSON.parse(process.argv[2] ?? "{}");
const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
const head = await createAwsHeadCloud({
  config: queueFile(`ComputeResources: [{Name: c, InstanceType: c5.large, MaxCount: ${machines}}]`),
  slurmVersion: "24.11",
  cloud: { region, factsPath: factsPath("c", UNIQUE) },
  client: { endpoint, credentials },
  folder,
  instanceId: async () => "i-00000000000000001",
  log: () => {},
});
const pool = { queue: "q", computeResource: "c" };
const requests = Array.from({ length: machines }, (_, index): LaunchRequest => {
  const node = `q-dy-c-${index + 1}`;
  const offering = { instanceType: "c5.large", zone: `${region}a`, market: "on-demand" } as const;
  return { token: crypto.randomUUID(), node, pool, offering, userData: "#!/bin/sh\n", tags: {} };
});
// What a daemon has loaded and looked up long before.
const [first, ...rest] = requests;
await head.machines.launch(first === undefined ? [] : [first], { atomic: false });
const before = process.cpuUsage();
const began = performance.now();
const outcomes = await head.machines.launch(rest, { atomic: false });
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
const refused = outcomes.find((outcome) => !outcome.ok);
if (refused !== undefined) throw new Error(JSON.stringify(refused));
process.stdout.write(`${JSON.stringify({ cpu: (user + system) / 1e6, seconds })}\n`);
await head[Symbol.asyncDispose]();
rmSync(folder, { recursive: true });
