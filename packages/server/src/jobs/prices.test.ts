import { expect, test, vi } from "vitest";
import type { ServedCluster } from "../clusters/directory.ts";
import { createFileWork } from "../clusters/files/file-work.ts";
import { Prices } from "./prices.ts";

// Threads take their time to start on a machine that is busy.
vi.setConfig({ testTimeout: 60_000 });

function demo(price: number): Pick<ServedCluster, "name" | "record"> {
  const configText = `Provider: local
Local:
  MachineTypes:
    - { Name: big, VCpus: 4, Memory: 8192, Price: ${price} }
Scheduling:
  SlurmQueues:
    - { Name: cpu, ComputeResources: [{ Name: a, InstanceType: big, MaxCount: 9 }] }
`;
  return { name: "demo", record: { configText } as ServedCluster["record"] };
}

test("a cluster that was made anew under its name has the prices of its own file", async () => {
  await using files = createFileWork();
  const prices = new Prices(files);
  const job = { nodes: "cpu-dy-a-1", cpus: 4, tres: "" };
  expect((await prices.of(demo(2)))(job).usdPerHour).toBe(2);
  expect((await prices.of(demo(3)))(job).usdPerHour).toBe(3);
});
