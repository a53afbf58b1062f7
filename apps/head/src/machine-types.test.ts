import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localMachineTypes } from "@sluice/model";
import { afterAll, expect, it } from "vitest";
import { machineTypesFile, readMachineTypes } from "./machine-types.ts";
import { install } from "./setup/files.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-types-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("reads what was written, and nothing out of a file that is broken or missing", () => {
  const path = join(folder, "types.json");
  expect(readMachineTypes(path)).toBeUndefined();
  const slow = { Name: "slow", VCpus: 1, Memory: 512, BootSeconds: 40 };
  const types = localMachineTypes({
    Local: { Zones: ["local"], MachineTypes: [{ ...slow, Light: false, NeverBoots: false }] },
  });
  install(machineTypesFile(path, types.values()));
  expect(readMachineTypes(path)).toEqual(types);
  for (const text of ["", "{}", '[{"name": "slow"']) {
    writeFileSync(path, text);
    expect(readMachineTypes(path)).toBeUndefined();
  }
});
