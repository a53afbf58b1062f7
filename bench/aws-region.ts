/*
 * A region on loopback in a process of its own, with what a stack would have made of one cluster: it
 * says where it is in one line, answers a line of standard input with the calls it had, and ends with
 * its input.
 */
import { createInterface } from "node:readline";
import { World } from "../packages/aws/src/machines/testing/world.ts";

await using world = await World.open();
await world.makeCluster();
const { endpoint, credentials, name } = world.region;
process.stdout.write(`${JSON.stringify({ endpoint, credentials, region: name })}\n`);
for await (const _ of createInterface({ input: process.stdin })) {
  const ec2 = world.region.calls.filter(({ service }) => service === "ec2");
  process.stdout.write(`${JSON.stringify({ calls: ec2.length })}\n`);
}
