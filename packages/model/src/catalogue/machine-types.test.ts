import { describe, expect, test } from "vitest";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { azureVmSize, azureVmSizeNames } from "./azure.ts";
import {
  catalogueKnows,
  instanceFamilyNames,
  machineTypeNames,
  machineTypeOf,
  priceFor,
} from "./machine-types.ts";

const GIB = 1024;

describe("sizes of Azure", () => {
  test("have the facts of their kind", () => {
    expect(azureVmSize("Standard_HB176rs_v4")).toEqual({
      name: "Standard_HB176rs_v4",
      family: "standardHBv4Family",
      arch: "x86_64",
      vcpus: 176,
      cores: 176,
      threadsPerCore: 1,
      memoryMiB: 768 * GIB,
      gpus: 0,
      rdma: true,
      acceleratedNetworking: true,
      spot: true,
      ephemeralOsDisk: false,
    });
    expect(azureVmSize("Standard_D64s_v3")).toMatchObject({ vcpus: 64, cores: 32, rdma: false });
    expect(azureVmSize("Standard_D16plds_v5")).toMatchObject({ arch: "arm64" });
    expect(azureVmSize("Standard_A0")).toMatchObject({ acceleratedNetworking: false, spot: false });
  });

  test("name the model of their GPUs, if they have any", () => {
    const models = azureVmSizeNames().flatMap((name) => {
      const { gpus, gpuModel } = azureVmSize(name) ?? {};
      return gpus === 0 && gpuModel === undefined ? [] : [[name, gpus, gpuModel]];
    });
    expect(models).toEqual([
      ["Standard_NC16as_T4_v3", 1, "T4"],
      ["Standard_NC24ads_A100_v4", 1, "A100"],
      ["Standard_NC6s_v3", 1, "V100"],
      ["Standard_ND96asr_v4", 8, "A100"],
      ["Standard_ND96isr_H100_v5", 8, "H100"],
    ]);
  });

  test("are unknown by other names", () => {
    expect(azureVmSizeNames()).toHaveLength(27);
    for (const name of ["HB176rs_v4", "standard_hb176rs_v4", "__proto__", "constructor", ""]) {
      expect(azureVmSize(name)).toBeUndefined();
    }
  });
});

describe("a machine type", () => {
  test("of EC2", () => {
    expect(machineTypeOf("aws", "c5n.18xlarge")).toEqual({
      name: "c5n.18xlarge",
      arch: "x86_64",
      vcpus: 72,
      threadsPerCore: 2,
      memoryMiB: 192 * GIB,
      pricePerHour: 3.888,
      interconnect: "efa",
    });
    expect(machineTypeOf("aws", "t3.micro")).toMatchObject({ burstable: true });
    expect(machineTypeOf("aws", "hpc7a.96xlarge")).not.toHaveProperty("pricePerHour");
  });

  test("has the GPUs that Slurm can hand out, by the names that people ask for", () => {
    const gpusOf = (name: string) => machineTypeOf("aws", name)?.gpus;
    expect(gpusOf("p5.48xlarge")).toEqual({ model: "h100", count: 8 });
    expect(gpusOf("g7e.2xlarge")).toEqual({ model: "rtxproserver6000", count: 1 });
    expect(gpusOf("g6f.large")).toEqual({ model: "l4", count: 1 });
    expect(gpusOf("g4ad.xlarge")).toBeUndefined();
    expect(gpusOf("dl1.24xlarge")).toBeUndefined();
  });

  test("of Azure, at the price of the cluster's region", () => {
    expect(machineTypeOf("azure", "Standard_HB176rs_v4", { Region: "westeurope" })).toEqual({
      name: "Standard_HB176rs_v4",
      arch: "x86_64",
      vcpus: 176,
      threadsPerCore: 1,
      memoryMiB: 768 * GIB,
      pricePerHour: 9.36,
      interconnect: "infiniband",
    });
    expect(machineTypeOf("azure", "Standard_ND96isr_H100_v5")).toMatchObject({
      gpus: { model: "h100", count: 8 },
    });
    expect(machineTypeOf("azure", "Standard_B1s")).toMatchObject({ burstable: true });
    expect(machineTypeOf("azure", "Standard_HB120rs_v3")).not.toHaveProperty("burstable");
  });

  test("of the local cloud is built in or declared", () => {
    expect(machineTypeOf("local", "local.large")).toMatchObject({ vcpus: 4, pricePerHour: 0.0832 });
    expect(machineTypeOf("local", "mine")).toBeUndefined();
    const parsed = parseClusterFile(LOCAL_FILE, { fileName: "cluster.yaml" });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
    const { config } = parsed;
    expect(machineTypeOf("local", "mine", config)).toMatchObject({ vcpus: 3, pricePerHour: 1.5 });
    expect(machineTypeNames("local", config)).toContain("mine");
    expect(priceFor(config, "mine")).toEqual({ usdPerHour: 1.5, approximate: false });
    expect(priceFor(config, "other")).toBeUndefined();
  });

  test("that is none is unknown to every provider", () => {
    for (const provider of ["aws", "azure", "local"] as const) {
      for (const name of ["", "x", "__proto__", "constructor", "hasOwnProperty"]) {
        expect(machineTypeOf(provider, name)).toBeUndefined();
        expect(catalogueKnows(provider, name)).toBe("nothing");
      }
    }
  });
});

const LOCAL_FILE = `
Provider: local
Local:
  MachineTypes:
    - { Name: mine, VCpus: 3, Memory: 3072, Price: 1.5 }
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: main
      ComputeResources:
        - { Name: small, InstanceType: mine }
`;

test("what is known of a name is facts, a price or nothing", () => {
  expect(catalogueKnows("aws", "hpc7a.96xlarge")).toBe("facts");
  expect(catalogueKnows("aws", "p3.16xlarge")).toBe("price");
  expect(catalogueKnows("aws", "c5n.17xlarge")).toBe("nothing");
  expect(catalogueKnows("azure", "Standard_D64s_v3")).toBe("facts");
  expect(catalogueKnows("azure", "Standard_D32s_v5")).toBe("price");
  expect(catalogueKnows("azure", "Standard_D33s_v5")).toBe("nothing");
  expect(catalogueKnows("local", "local.small")).toBe("facts");
});

test("a price is known of types without facts, and is that of the cluster's region", () => {
  const config = { Provider: "azure", Region: "japaneast" } as const;
  expect(machineTypeOf("azure", "Standard_D32s_v5", config)).toBeUndefined();
  expect(priceFor(config, "Standard_D32s_v5")).toMatchObject({
    usdPerHour: 1.984,
    approximate: false,
  });
  expect(priceFor({ Provider: "aws", Region: "eu-west-1" }, "m5.4xlarge")).toMatchObject({
    usdPerHour: 0.768,
    approximate: true,
  });
});

test("names are those with facts or a price, once each", () => {
  const names = machineTypeNames("aws");
  expect(names).toEqual([...new Set(names)].toSorted());
  expect(names).toEqual(expect.arrayContaining(["c5n.18xlarge", "hpc7a.96xlarge", "p3.16xlarge"]));
  expect(names).toHaveLength(1386);
  expect(machineTypeNames("azure")).toHaveLength(1702);
  expect(machineTypeNames("local")).toContain("local.small");
});

test("families are named once each", () => {
  const families = instanceFamilyNames();
  expect(families).toEqual([...new Set(families)]);
  expect(families).toEqual(expect.arrayContaining(["c5n", "hpc7a", "p5", "u7i-12tb"]));
  expect(families.filter((family) => family.includes("."))).toEqual([]);
});
