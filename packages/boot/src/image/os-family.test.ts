import { describe, expect, it } from "vitest";
import { imagePackages, type MachineRole, osFamily, PROGRAMS } from "./os-family.ts";

const OSES = [
  ...(["debian12", "debian13", "ubuntu2204", "ubuntu2404", "alinux2023"] as const),
  ...(["rhel8", "rhel9", "rocky8", "rocky9"] as const),
];
const ROLES: readonly MachineRole[] = ["head", "compute", "login"];

describe.each(OSES)("%s", (os) => {
  const family = osFamily(os);

  it("has the daemons of each role in packages, or says that it has no Slurm", () => {
    const daemons = { head: /slurmctld$/, compute: /slurmd$/, login: /^slurm(-client)?$/ };
    for (const role of ROLES) {
      const has = family.packages[role].some((name) => daemons[role].test(name));
      expect(has, role).toBe(family.slurm !== "none");
      expect(family.packages[role]).toContain("munge");
    }
  });

  it("has everything of every role in its image, each once", () => {
    const image = imagePackages(os);
    const wanted = [...ROLES.flatMap((role) => family.packages[role]), ...family.directoryPackages];
    expect(wanted.filter((name) => !image.includes(name))).toEqual([]);
    expect(new Set(image).size).toBe(image.length);
  });
});

it("knows a machine of a role by its programs", () => {
  expect(PROGRAMS.compute).toContain("slurmd");
  expect(PROGRAMS.login).not.toContain("slurmd");
});
