import { describe, expect, test } from "vitest";
import { azureVmSize } from "./azure.ts";
import { hpcAlternatives, type QueueCandidate, queueCandidates } from "./candidates.ts";
import { ec2InstanceType } from "./ec2.ts";

const GIB = 1024;

const namesOf = (candidates: readonly QueueCandidate[]): string[] =>
  candidates.map(({ type }) => type.name);

describe("candidates for a queue", () => {
  test("have EFA, are of today, and neither burst nor are bare metal", () => {
    const candidates = queueCandidates({ provider: "aws" });
    expect(candidates.length).toBeGreaterThan(50);
    const facts = namesOf(candidates).map(ec2InstanceType);
    const unsuited = facts.filter(
      (type) => !type?.efa || !type.currentGeneration || type.burstable || type.bareMetal,
    );
    expect(unsuited).toEqual([]);
  });

  test("are computers, not stores, transcoders or inference machines", () => {
    const families = new Set(queueCandidates({ provider: "aws" }).map(({ family }) => family));
    for (const family of ["inf1", "trn1", "vt1", "f2", "dl1", "i3en", "u7i-12tb", "p5"]) {
      expect(families).not.toContain(family);
    }
    expect(families).toContain("c7i");
    expect(families).toContain("hpc7a");
  });

  test("begin with the cheapest core, and end with those without a price", () => {
    const candidates = queueCandidates({ provider: "aws", arch: "x86_64" });
    expect(namesOf(candidates).slice(0, 3)).toEqual([
      "c7a.48xlarge",
      "c8a.48xlarge",
      "m7a.48xlarge",
    ]);
    expect(candidates[0]?.usdPerCoreHour).toBeCloseTo(9.85344 / 192);
    const firstUnpriced = candidates.findIndex(({ price }) => price === undefined);
    expect(candidates.slice(firstUnpriced).filter(({ price }) => price)).toEqual([]);
    expect(namesOf(candidates.slice(firstUnpriced))).toContain("hpc7a.96xlarge");
    const costs = candidates
      .slice(0, firstUnpriced)
      .map(({ usdPerCoreHour = 0 }) => usdPerCoreHour);
    const falls = costs.filter((cost, at) => cost < (costs[at - 1] ?? 0) - 0.0001);
    expect(falls).toEqual([]);
  });

  test("are what is wished for", () => {
    const small = queueCandidates({
      provider: "aws",
      interconnect: false,
      arch: "arm64",
      spot: true,
      minCores: 4,
      minMemoryMiBPerCore: 4 * GIB,
    });
    expect(namesOf(small)).toContain("m7g.xlarge");
    for (const { type, cores } of small) {
      expect(type.arch).toBe("arm64");
      expect(cores).toBeGreaterThanOrEqual(4);
      expect(type.memoryMiB / cores).toBeGreaterThanOrEqual(4 * GIB);
      expect(ec2InstanceType(type.name)?.usage).toContain("spot");
    }
  });

  test("with GPUs begin with the cheapest GPU", () => {
    const four = queueCandidates({ provider: "aws", interconnect: false, minGpus: 4 });
    expect(four.filter(({ type }) => (type.gpus?.count ?? 0) < 4)).toEqual([]);
    expect(namesOf(four).slice(0, 3)).toEqual(["g4dn.12xlarge", "g6.12xlarge", "g5.12xlarge"]);
  });

  test("of Azure have InfiniBand and the price of the region", () => {
    const candidates = queueCandidates({ provider: "azure", region: "eastus" });
    expect(namesOf(candidates)).toEqual([
      "Standard_HB120rs_v2",
      "Standard_HB120rs_v3",
      "Standard_HB176rs_v4",
      "Standard_HX176rs",
      "Standard_HC44rs",
    ]);
    expect(namesOf(candidates).filter((name) => !azureVmSize(name)?.rdma)).toEqual([]);
    const [, , there] = queueCandidates({ provider: "azure", region: "westeurope" });
    expect(there?.price).toMatchObject({ region: "westeurope", approximate: false });
    expect(there?.type.pricePerHour).toBe(there?.price?.usdPerHour);
  });
});

describe("alternatives for jobs across nodes", () => {
  test("to a general-purpose type are HPC types first, then the cheapest that suit", () => {
    const alternatives = namesOf(hpcAlternatives("m5.4xlarge", { provider: "aws" }));
    expect(alternatives.slice(0, 4)).toEqual([
      "hpc7a.48xlarge",
      "hpc6id.32xlarge",
      "r7a.48xlarge",
      "r8a.48xlarge",
    ]);
    expect(namesOf(hpcAlternatives("c5.4xlarge", { provider: "aws" }))).toEqual(
      expect.arrayContaining(["hpc7a.96xlarge", "hpc6a.48xlarge", "c7i.48xlarge"]),
    );
    expect(namesOf(hpcAlternatives("c7g.8xlarge", { provider: "aws" }))[0]).toBe("hpc7g.16xlarge");
  });

  test("have as many cores and GPUs, about the memory for each core, and run the same programs", () => {
    for (const name of ["m5.4xlarge", "c7g.8xlarge", "r6i.large", "g5.48xlarge", "t3.micro"]) {
      const original = ec2InstanceType(name);
      if (original === undefined) throw new Error(name);
      const alternatives = hpcAlternatives(name, { provider: "aws" });
      expect(alternatives.length).toBeGreaterThan(0);
      for (const { type, cores } of alternatives) {
        expect(type.interconnect).toBe("efa");
        expect(original.arch).toContain(type.arch);
        expect(cores).toBeGreaterThanOrEqual(original.cores);
        expect(type.gpus?.count ?? 0).toBeGreaterThanOrEqual(original.gpus[0]?.count ?? 0);
        const memory = original.memoryMiB / original.cores;
        expect(type.memoryMiB / cores).toBeGreaterThanOrEqual(0.9 * memory);
      }
    }
  });

  test("are one of each family, and never the type itself", () => {
    const alternatives = hpcAlternatives("c7g.16xlarge", { provider: "aws" });
    const families = alternatives.map(({ family }) => family);
    expect(families).toEqual([...new Set(families)]);
    expect(namesOf(alternatives)).not.toContain("c7g.16xlarge");
  });

  test("for a spot queue can be had as spot machines, which HPC types can't", () => {
    const alternatives = namesOf(hpcAlternatives("m5.4xlarge", { provider: "aws", spot: true }));
    expect(alternatives[0]).toBe("r7a.48xlarge");
    expect(alternatives.filter((name) => name.startsWith("hpc"))).toEqual([]);
  });

  test("to a size of Azure have InfiniBand", () => {
    expect(namesOf(hpcAlternatives("Standard_F16s_v2", { provider: "azure" }))).toEqual([
      "Standard_HB120rs_v2",
      "Standard_HB120rs_v3",
      "Standard_HB176rs_v4",
      "Standard_HX176rs",
      "Standard_HC44rs",
    ]);
    expect(namesOf(hpcAlternatives("Standard_NC16as_T4_v3", { provider: "azure" }))).toEqual([
      "Standard_ND96asr_v4",
      "Standard_ND96isr_H100_v5",
    ]);
  });

  test("to a name without facts are none", () => {
    expect(hpcAlternatives("c5n.17xlarge", { provider: "aws" })).toEqual([]);
    expect(hpcAlternatives("Standard_D32s_v5", { provider: "azure" })).toEqual([]);
    expect(hpcAlternatives("__proto__", { provider: "aws" })).toEqual([]);
  });
});
