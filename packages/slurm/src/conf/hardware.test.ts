import type { MachineType } from "@sluice/model";
import { describe, expect, test } from "vitest";
import { nodeHardware } from "./hardware.ts";

const threads: MachineType = {
  name: "two-threads",
  arch: "x86_64",
  vcpus: 8,
  threadsPerCore: 2,
  memoryMiB: 8192,
};
const cores: MachineType = { ...threads, name: "one-thread", vcpus: 8, threadsPerCore: 1 };
const a10g: MachineType = { ...threads, gpus: { model: "a10g", count: 4 } };
const l4: MachineType = { ...threads, gpus: { model: "l4", count: 2 } };

describe("CPUs", () => {
  test("are threads, which go to jobs one by one where jobs share a node", () => {
    expect(nodeHardware({ machineTypes: [threads] }, false)).toEqual({ cpus: 8, memoryMiB: 8192 });
  });

  test("are threads of cores where a job has the node to itself", () => {
    expect(nodeHardware({ machineTypes: [threads] }, true)).toMatchObject({
      cpus: 8,
      cores: { count: 4, threadsPerCore: 2 },
    });
  });

  test("are cores without multithreading, and on machines that have none", () => {
    for (const exclusive of [true, false]) {
      expect(
        nodeHardware({ machineTypes: [threads], multithreading: false }, exclusive),
      ).toMatchObject({ cpus: 4, cores: { count: 4, threadsPerCore: 1 } });
      expect(nodeHardware({ machineTypes: [cores] }, exclusive)).toMatchObject({
        cpus: 8,
        cores: { count: 8, threadsPerCore: 1 },
      });
    }
  });

  test("are those of the smallest machine type, whichever comes first", () => {
    const large = { ...threads, vcpus: 16, memoryMiB: 4096 };
    const hardware = { cpus: 8, cores: { count: 4, threadsPerCore: 2 }, memoryMiB: 4096 };
    expect(nodeHardware({ machineTypes: [large, threads] }, true)).toEqual(hardware);
    expect(nodeHardware({ machineTypes: [threads, large] }, true)).toEqual(hardware);
    const sameCores = { machineTypes: [threads, { ...cores, vcpus: 4 }], multithreading: false };
    expect(nodeHardware(sameCores, false).cpus).toBe(4);
  });

  test("have no cores where machine types differ in threads", () => {
    expect(nodeHardware({ machineTypes: [threads, cores] }, true)).not.toHaveProperty("cores");
  });

  test("are at least one", () => {
    const half = { ...threads, vcpus: 1 };
    expect(nodeHardware({ machineTypes: [half], multithreading: false }, false).cpus).toBe(1);
    expect(nodeHardware({ machineTypes: [half] }, true)).not.toHaveProperty("cores");
  });
});

describe("GPUs", () => {
  test("are as many as every machine type has, of a model that they share", () => {
    const gpus = (...machineTypes: MachineType[]) => nodeHardware({ machineTypes }, false).gpus;
    expect(gpus(a10g)).toEqual({ model: "a10g", count: 4 });
    expect(gpus(a10g, { ...a10g, gpus: { model: "a10g", count: 1 } })).toEqual({
      model: "a10g",
      count: 1,
    });
    expect(gpus(a10g, l4)).toEqual({ count: 2 });
    expect(gpus(a10g, threads)).toBeUndefined();
  });

  test("are of a type that a list of gres can name", () => {
    const odd = { ...threads, gpus: { model: "RTX PRO:6000, x=1", count: 1 } };
    expect(nodeHardware({ machineTypes: [odd] }, false).gpus).toEqual({
      model: "rtxpro6000x1",
      count: 1,
    });
  });
});
