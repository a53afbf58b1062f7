import type { HeadCloud, Machine, Market, Pool } from "@sluice/cloud";
import { type ConformanceHarness, machinesConformance } from "@sluice/cloud/testing";
import { expect } from "vitest";
import { proofOf } from "./testing/proof.ts";
import { OTHER, queueFile, World } from "./testing/world.ts";

const CONFIG = queueFile(
  "CapacityType: ONDEMAND, ComputeResources: [{Name: c, InstanceType: c5.large}, {Name: scarce, InstanceType: c5.2xlarge}]",
);

machinesConformance("EC2, on demand", () => harness(["on-demand", "spot"]), {
  skip: { interruptions: "what EC2 takes away it has given as spot: below" },
});
machinesConformance("EC2, spot", () => harness(["spot", "on-demand"]), {
  skip: { standby: "a spot machine that was asked for once can't be stopped: above" },
});

async function harness(markets: readonly Market[]): Promise<ConformanceHarness> {
  const world = await World.open();
  const { region, hypervisor } = world;
  await world.makeCluster();
  await world.makeCluster(OTHER);
  const pool: Pool = {
    queue: "q",
    computeResource: "c",
    instanceTypes: ["c5.large"],
    markets,
    order: "price",
    placement: false,
  };
  let cloud: HeadCloud = await world.head(CONFIG);
  const other = await world.head(CONFIG, { unique: OTHER });
  region.faults.capacity.set("c5.2xlarge/eu-central-1a", 2);
  return {
    get cloud() {
      return cloud;
    },
    other,
    pool,
    userData: "#!/bin/sh\ntrue",
    scarce: {
      pool: { ...pool, computeResource: "scarce", instanceTypes: ["c5.2xlarge"] },
      offering: { instanceType: "c5.2xlarge", zone: "eu-central-1a", market: "on-demand" },
      capacity: 2,
    },
    consoleSays: /idle machine/,
    proofOf: async (machine: Machine, cluster) =>
      proofOf(world, machine.id, cluster === "other" ? OTHER : undefined),
    kill: async (machineId) => hypervisor.kill(machineId),
    interrupt: (machineId, seconds) => region.ec2.interrupt(machineId, seconds),
    async restart() {
      await cloud[Symbol.asyncDispose]();
      cloud = await world.head(CONFIG);
    },
    tick: () => new Promise((resolve) => setTimeout(resolve, 20)),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      expect(region.defects).toEqual([]);
    },
  };
}
