import { DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { expect, test } from "vitest";
import { Deployed } from "./testing/deployed.ts";

/** What CloudFormation makes of a template: its order, and what resources know of each other. */
test.each([
  "network-endpoints",
  "login-pools-network-made",
  "accounting-made",
  "storage-own-folders-on-efs",
  "two-heads",
])(
  "%s is made, and deleted with nothing left running",
  async (name) => {
    await using deployed = await Deployed.of(name);
    const { region, hypervisor } = deployed;
    expect(hypervisor.running.length).toBeGreaterThan(0);
    await region.call(DeleteStackCommand, { StackName: "sluice-demo" });
    await deployed.gone();
    expect(hypervisor.running).toEqual([]);
    expect(region.defects).toEqual([]);
  },
  60_000,
);
