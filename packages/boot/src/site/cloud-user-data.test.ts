import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Os } from "@sluice/model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IMAGE_MARKER } from "../image/packages.ts";
import { fileOf, readCloudConfig, ScratchMachine, shellcheck } from "../testing/user-data.ts";
import { type CloudSiteBoot, renderCloudSiteUserData } from "./cloud-user-data.ts";

const OSES: readonly Os[] = ["debian12", "debian13", "ubuntu2404", "alinux2023", "rhel9", "rocky9"];

const BUNDLE = { key: "bundles/x.tar.gz", sha256: "0".repeat(64) };

function userData(more: Partial<CloudSiteBoot> = {}): string {
  return renderCloudSiteUserData({
    ...{ site: "lab", provider: "aws", name: "site-eu-central-1a", os: "debian13" },
    cloud: { region: "eu-central-1", factsPath: "/sluice/site-lab-1/facts" },
    files: [{ path: "/etc/sluice/guest", mode: 0o700, content: "H4sI", encoding: "gz+b64" }],
    agent: { files: [], command: "/etc/sluice/agent" },
    fetchCommand: "/etc/sluice/guest fetch",
    reportCommand: "/etc/sluice/guest report",
    bundles: { x86_64: BUNDLE, arm64: BUNDLE },
    server: { ...BUNDLE, key: "bundles/server.tar.gz" },
    ...more,
  });
}

const scriptOf = (text: string): string => fileOf(readCloudConfig(text), "/etc/sluice/boot");

describe("user data of a machine of a site in a cloud", () => {
  it("is shell that shellcheck has nothing against, on every system", () => {
    expect(shellcheck(OSES.map((os) => scriptOf(userData({ os }))))).toBe("");
  });

  it("says where the machine finds what it is, and brings half of what it may", () => {
    const seat = fileOf(readCloudConfig(userData()), "/etc/sluice/site-seat.json");
    expect(JSON.parse(seat)).toEqual({
      ...{ site: "lab", provider: "aws", name: "site-eu-central-1a" },
      cloud: { region: "eu-central-1", factsPath: "/sluice/site-lab-1/facts" },
    });
    const pack = (text: string): string => gzipSync(text, { level: 9 }).toString("base64");
    expect(userData({ pack }).length).toBeLessThan(8 * 1024);
  });
});

describe("the boot of a machine of a site", () => {
  let machine: ScratchMachine;
  beforeEach(() => {
    machine = new ScratchMachine();
    // What its packages would be is there.
    machine.file(IMAGE_MARKER.slice(1), "{}");
  });
  afterEach(() => machine[Symbol.dispose]());

  /** Two archives as the bucket has them, and a program that notes how it was called. */
  function publish(): { readonly program: string; readonly server: string } {
    const script = (name: string, body: string): void => {
      machine.file(name, `#!/bin/sh\n${body}\n`);
      execFileSync("chmod", ["755", machine.path(name)]);
    };
    const said = `echo "head $*" >> ${machine.path("called")}`;
    script("program/bin/sluice-head", `${said}\nexit $(cat ${machine.path("code")})`);
    script("server/bin/sluice", "echo server");
    machine.file("code", "0");
    for (const name of ["program", "server"]) {
      const archive = machine.path(`${name}.tar.gz`);
      execFileSync("tar", ["-czf", archive, "-C", machine.path(name), "."]);
    }
    script(
      "etc/sluice/guest",
      `echo "guest $1 $2" >> ${machine.path("called")}
case $1:$2 in
  fetch:bundles/x*) cp ${machine.path("program.tar.gz")} "$3" ;;
  fetch:*) cp ${machine.path("server.tar.gz")} "$3" ;;
  report:*) echo "$*" > ${machine.path("reported")} ;;
esac`,
    );
    machine.noted("sleep");
    for (const name of ["hostname", "nft"]) machine.program(name, "echo 10.0.0.2");
    const sumOf = (name: string): string =>
      createHash("sha256")
        .update(readFileSync(machine.path(`${name}.tar.gz`)))
        .digest("hex");
    return { program: sumOf("program"), server: sumOf("server") };
  }

  const boot = ({ program, server }: { readonly program: string; readonly server: string }) => {
    const bundle = { key: "bundles/x.tar.gz", sha256: program };
    const text = userData({
      bundles: { x86_64: bundle, arm64: bundle },
      server: { key: "bundles/server.tar.gz", sha256: server },
    });
    return machine.run(scriptOf(text));
  };

  it("takes its name, fetches both programs once and hands over", () => {
    const sums = publish();
    const { status, said } = boot(sums);
    expect(status, said).toBe(0);
    expect(machine.read("etc/hosts")).toMatch(/\n10\.0\.0\.2 site-eu-central-1a\n$/);
    expect(machine.read("opt/sluice-server/bin/sluice")).toContain("echo server");
    boot(sums);
    expect(machine.called.filter((line) => /^(guest|head)/.test(line))).toEqual([
      "guest fetch bundles/x.tar.gz",
      "guest fetch bundles/server.tar.gz",
      "head site-setup",
      "head site-setup",
    ]);
  });

  it("runs nothing whose checksum is another, and says so to whoever waits", () => {
    const sums = publish();
    expect(boot({ ...sums, server: "1".repeat(64) }).status).toBe(1);
    expect(machine.called).not.toContain("head site-setup");
    expect(machine.read("reported")).toMatch(/^report failed server failed on site-eu-central-1a:/);
  });

  it("leaves it to its program to report, once that can", () => {
    const sums = publish();
    machine.file("code", "3");
    expect(boot(sums).status).toBe(1);
    expect(existsSync(machine.path("reported"))).toBe(false);
    expect(machine.called.at(-1)).toBe("sleep 30");
    machine.file("code", "1");
    expect(boot(sums).status).toBe(1);
    expect(machine.read("reported")).toContain("setup failed on site-eu-central-1a");
  });
});
