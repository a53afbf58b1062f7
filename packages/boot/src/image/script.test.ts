import { rmSync } from "node:fs";
import { parseImageBuildFile } from "@sluice/model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScratchMachine, shellcheck } from "../testing/user-data.ts";
import { imageParts } from "./parts.ts";
import { type ImageScript, imageFailure, imageSlurm, renderImageScript } from "./script.ts";

const OSES = [
  ...(["debian12", "debian13", "ubuntu2204", "ubuntu2404", "alinux2023"] as const),
  ...(["rhel8", "rhel9", "rocky8", "rocky9"] as const),
];

function configOf(text: string) {
  const parsed = parseImageBuildFile(text, { fileName: "image.yaml" });
  if (!parsed.ok) throw new Error(parsed.findings.map(({ message }) => message).join("\n"));
  return parsed.config;
}

const LOCAL = "Provider: local\n";
const SCRIPTS = `${LOCAL}Build:
  ParentImage: debian13
  Components:
    - { Type: script, Value: "https://h/one.sh?a='$(id)'&b" }
    - { Type: script, Value: https://h/two.sh }
`;
const EVERYTHING = `Image: { Os: ubuntu2404 }
Build:
  InstanceType: c7i.large
  ParentImage: ami-0123456789abcdef0
  UpdateOsPackages: { Enabled: true }
  Installation: { LustreClient: { Enabled: true } }
  Components:
    - { Type: script, Value: s3://b/one.sh }
    - { Type: arn, Value: "arn:aws:imagebuilder:eu-central-1:aws:component/x/1.0.0" }
    - { Type: script, Value: s3://b/two.sh }
DevSettings: { DisableKernelUpdate: true }
`;

function script(text: string, more: Partial<ImageScript> = {}): string {
  return renderImageScript({
    id: "lab-1",
    os: "debian13",
    sluiceVersion: "0.1.0",
    builtAt: "2026-01-05T08:00:00.000Z",
    config: configOf(text),
    fetchUrlCommand: "fetch",
    ...more,
  });
}

describe("the parts of an image", () => {
  it("come in the order of the file, others' components in between", () => {
    expect(imageParts(configOf(EVERYTHING))).toEqual([
      { kind: "steps", steps: ["system", "update", "packages", "lustre", "script-1"] },
      { kind: "arn", arn: "arn:aws:imagebuilder:eu-central-1:aws:component/x/1.0.0" },
      { kind: "steps", steps: ["script-3", "services", "marker", "clean"] },
    ]);
  });

  it("leave the cluster's software out when the file says so", () => {
    const text = `${LOCAL}Build: { ParentImage: debian13 }\nDevSettings: { DisablePclusterComponent: true }\n`;
    expect(imageParts(configOf(text))).toEqual([{ kind: "steps", steps: ["system", "clean"] }]);
    expect(script(text)).not.toContain("slurm");
  });
});

describe("the script", () => {
  it.each(OSES)("for %s is one that shellcheck has nothing against", (os) => {
    expect(shellcheck([script(EVERYTHING, { os }), script(SCRIPTS, { os })])).toBe("");
  });

  let machine: ScratchMachine;
  beforeEach(() => {
    machine = new ScratchMachine();
    machine.file("etc/os-release", "ID=debian\nVERSION_ID=13\n");
    for (const name of ["apt-get", "cloud-init"]) machine.noted(name);
    machine.program("id", "echo 0");
    machine.program("slurmd", "echo slurm-wlm 24.11.5");
    for (const name of ["munged", "slurmctld", "srun"]) machine.noted(name);
    machine.file("etc/munge/munge.key", "secret");
    machine.file("etc/machine-id", "0123\n");
    machine.program("fetch", `echo "fetch $1" >> ${machine.path("called")}; cp /etc/script "$2"`);
    machine.file("etc/script", "#!/bin/sh\necho hello from $0\n");
  });
  afterEach(() => machine[Symbol.dispose]());

  const own = (text: string): string =>
    text.replaceAll("/usr/sbin/policy-rc.d", machine.path("policy"));

  it("installs, runs the file's scripts, and leaves nothing that machines must not share", () => {
    const { status, said } = machine.run(own(script(SCRIPTS)));
    expect(status, said).toBe(0);
    expect(said).toMatch(/^sluice: system begins\nsluice: system took \d+ ms\n/);
    expect(machine.called.filter((line) => line.startsWith("apt-get"))).toEqual([
      expect.stringMatching(/ update$/),
      expect.stringMatching(/ install --no-install-recommends .* slurmd .*/),
      "apt-get clean",
    ]);
    expect(machine.called.filter((line) => line.startsWith("fetch"))).toEqual([
      "fetch https://h/one.sh?a='$(id)'&b",
      "fetch https://h/two.sh",
    ]);
    expect(machine.called.some((line) => /disable slurmctld\.service$/.test(line))).toBe(true);
    expect(JSON.parse(machine.read("etc/sluice/image.json"))).toMatchObject({
      id: "lab-1",
      os: "debian13",
      sluice: "0.1.0",
      slurm: "24.11.5",
      builtAt: "2026-01-05T08:00:00.000Z",
    });
    expect(machine.read("etc/machine-id")).toBe("");
    for (const path of ["etc/munge/munge.key", "var/tmp/sluice-image", "policy"]) {
      expect(() => machine.read(path)).toThrow(/ENOENT/);
    }
    expect(imageSlurm(said)).toBe("24.11.5");
    expect(imageFailure(said)).toBeUndefined();
  });

  it("does single steps when it is given their names", () => {
    const { said } = machine.run(own(script(SCRIPTS)), "script-2");
    expect(said.match(/sluice: \S+ begins/g)).toEqual(["sluice: script-2 begins"]);
  });

  it("tells the last words of a script that fails without saying that they are an error", () => {
    machine.file("etc/script", "#!/bin/sh\necho at last\nexit 7\n");
    expect(imageFailure(machine.run(own(script(SCRIPTS))).said)).toBe("script-1: at last");
  });

  it("is none without Slurm", () => {
    machine.file("etc/os-release", "ID=amzn\nVERSION_ID=2023\n");
    rmSync(machine.path("bin/slurmctld"));
    machine.noted("dnf");
    const { status, said } = machine.run(own(script(SCRIPTS, { os: "alinux2023" })));
    expect(status).toBe(1);
    expect(imageFailure(said)).toBe(
      "marker: the image has no slurmctld: alinux2023 has no packages of Slurm, so let a script bring it",
    );
    expect(() => machine.read("etc/sluice/image.json")).toThrow(/ENOENT/);
  });

  it("ends at a script that fails, and at a system that is another", () => {
    machine.file("etc/script", "#!/bin/sh\necho E: no room\necho bye\nexit 7\n");
    const failed = machine.run(own(script(SCRIPTS)));
    expect(failed.status).toBe(1);
    expect(imageFailure(failed.said)).toBe("script-1: E: no room");
    expect(failed.said).not.toContain("script-2");
    const other = machine.run(own(script(SCRIPTS, { os: "ubuntu2404" })));
    expect(imageFailure(other.said)).toBe(
      "system: the parent image is debian 13 and not ubuntu2404",
    );
  });
});
