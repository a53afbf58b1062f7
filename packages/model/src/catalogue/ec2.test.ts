import { describe, expect, test } from "vitest";
import { type Ec2InstanceType, ec2InstanceType, ec2InstanceTypeNames } from "./ec2.ts";

const GIB = 1024;

/** By EC2's documentation of each type. */
const KNOWN: Readonly<Record<string, Partial<Ec2InstanceType>>> = {
  "c5n.18xlarge": {
    arch: ["x86_64"],
    vcpus: 72,
    cores: 36,
    threadsPerCore: 2,
    memoryMiB: 192 * GIB,
    network: "100 Gigabit",
    networkGbps: 100,
    networkCards: 1,
    efa: true,
    efaInterfaces: 1,
    gpus: [],
    nvmeGB: 0,
    usage: ["on-demand", "spot"],
    burstable: false,
    currentGeneration: true,
    bareMetal: false,
    manufacturer: "Intel",
    placement: ["cluster", "partition", "spread"],
  },
  "hpc7a.96xlarge": {
    vcpus: 192,
    cores: 192,
    threadsPerCore: 1,
    memoryMiB: 768 * GIB,
    network: "300 Gigabit",
    efaInterfaces: 2,
    usage: ["on-demand"],
    manufacturer: "AMD",
    clockGhz: 3.7,
  },
  "hpc6id.32xlarge": { cores: 64, memoryMiB: 1024 * GIB, nvmeGB: 15200, networkCards: 2 },
  "hpc7g.4xlarge": { arch: ["arm64"], cores: 16, memoryMiB: 128 * GIB, manufacturer: "AWS" },
  "p5.48xlarge": {
    vcpus: 192,
    memoryMiB: 2048 * GIB,
    network: "3200 Gigabit",
    networkCards: 32,
    efaInterfaces: 32,
    gpus: [{ model: "H100", manufacturer: "NVIDIA", count: 8, memoryMiB: 80 * GIB }],
    usage: ["capacity-block", "on-demand", "spot"],
  },
  "p4d.24xlarge": {
    network: "4x 100 Gigabit",
    efaInterfaces: 4,
    gpus: [{ model: "A100", manufacturer: "NVIDIA", count: 8, memoryMiB: 40 * GIB }],
  },
  "dl1.24xlarge": {
    gpus: [{ model: "Gaudi HL-205", manufacturer: "Habana", count: 8, memoryMiB: 32 * GIB }],
  },
  "g4dn.xlarge": {
    vcpus: 4,
    cores: 2,
    efa: false,
    gpus: [{ model: "T4", manufacturer: "NVIDIA", count: 1, memoryMiB: 16 * GIB }],
    nvmeGB: 125,
  },
  "g6f.large": {
    gpus: [{ model: "L4", manufacturer: "NVIDIA", count: 0, memoryMiB: 2861 }],
  },
  "trn1.32xlarge": { vcpus: 128, efaInterfaces: 8, gpus: [] },
  "t3.micro": {
    vcpus: 2,
    cores: 1,
    memoryMiB: GIB,
    burstable: true,
    network: "Up to 5 Gigabit",
    efa: false,
    efaInterfaces: 0,
    placement: ["partition", "spread"],
  },
  "c7g.16xlarge": { arch: ["arm64"], vcpus: 64, cores: 64, memoryMiB: 128 * GIB, efa: true },
  "c7a.48xlarge": { vcpus: 192, cores: 192, manufacturer: "AMD", network: "50 Gigabit" },
  "m5.4xlarge": { vcpus: 16, cores: 8, memoryMiB: 64 * GIB, efa: false },
  "c5.metal": { vcpus: 96, bareMetal: true, currentGeneration: false },
  "i3en.24xlarge": { nvmeGB: 60000, efa: true },
};

describe("instance types of EC2", () => {
  test.each(Object.entries(KNOWN))("%s", (name, facts) => {
    expect(ec2InstanceType(name)).toMatchObject({ name, ...facts });
  });

  test("the clock is missing where EC2 does not tell it", () => {
    expect(ec2InstanceType("c1.medium")).not.toHaveProperty("clockGhz");
  });

  test("a name that is none has no facts, whatever it is", () => {
    for (const name of ["", "c5n.17xlarge", "C5N.18XLARGE", "c5n", "__proto__", "constructor"]) {
      expect(ec2InstanceType(name)).toBeUndefined();
    }
    expect(ec2InstanceType(null as unknown as string)).toBeUndefined();
  });

  test("is the same object each time", () => {
    expect(ec2InstanceType("c5n.18xlarge")).toBe(ec2InstanceType("c5n.18xlarge"));
  });

  test("every type has facts that agree with each other", () => {
    const names = ec2InstanceTypeNames();
    expect(names).toHaveLength(1299);
    expect(names).toEqual([...new Set(names)].toSorted());
    const types = names.flatMap((name) => ec2InstanceType(name) ?? []);
    expect(types).toHaveLength(1299);
    expect(types.filter((type) => !agrees(type)).map(({ name }) => name)).toEqual([]);
  });
});

function agrees(type: Ec2InstanceType): boolean {
  const counts = [type.vcpus, type.cores, type.memoryMiB, type.networkCards, type.threadsPerCore];
  return (
    counts.every((count) => Number.isInteger(count) && count > 0) &&
    type.cores * type.threadsPerCore === type.vcpus &&
    type.efa === type.efaInterfaces > 0 &&
    type.networkGbps > 0 &&
    type.nvmeGB >= 0 &&
    /^[A-Z\d]/i.test(type.network) &&
    ["Intel", "AMD", "AWS"].includes(type.manufacturer) &&
    type.arch.every((arch) => (arch === "arm64") === (type.manufacturer === "AWS")) &&
    type.usage.includes("on-demand") &&
    type.placement.includes("spread") &&
    type.gpus.every(({ model, memoryMiB }) => model.length > 0 && memoryMiB > 0)
  );
}
