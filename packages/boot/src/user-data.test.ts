import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderComputeUserData, renderHeadUserData, renderLightUserData } from "./index.ts";

interface CloudConfig {
  readonly write_files: readonly { readonly path: string; readonly content: string }[];
  readonly runcmd: readonly (readonly string[])[];
}

const boot = {
  users: [
    { Name: "ada", Uid: 2001 },
    { Name: "ben", Uid: 2002 },
  ],
  headAddress: "10.0.0.2",
  headCertificate: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  identityCommand: "cat /run/sluice-machine/identity",
};

function cloudConfig(text: string): CloudConfig {
  expect(text.startsWith("#cloud-config\n")).toBe(true);
  return parse(text) as CloudConfig;
}

/** Throws what the shell says of it. */
function checkShell(script: string): void {
  execFileSync("/bin/sh", ["-n"], { input: script });
}

describe("the head's user data", () => {
  it("brings the cluster file as it was given, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        const configText = text.replaceAll("\r", "");
        const user = renderHeadUserData({ clusterName: "demo", provider: "local", configText });
        const file = cloudConfig(user).write_files.find(({ path }) =>
          path.endsWith("cluster.yaml"),
        );
        expect(file?.content).toBe(configText);
      }),
    );
  });

  it("hands over to the head's own program, and nothing else", () => {
    const user = renderHeadUserData({ clusterName: "demo", provider: "local", configText: "" });
    expect(cloudConfig(user).runcmd).toEqual([["/opt/sluice/bin/sluice-head", "setup"]]);
  });
});

describe("a compute machine's user data", () => {
  const { write_files: files, runcmd } = cloudConfig(renderComputeUserData(boot));
  const contentOf = (name: string): string =>
    files.find(({ path }) => path.endsWith(`/${name}`))?.content ?? "";
  const join = contentOf("join");

  it("joins at the first boot, and at every other that cloud-init has no part in", () => {
    const [start, ...others] = runcmd;
    expect(others).toEqual([]);
    expect(start?.slice(0, 2)).toEqual(["systemctl", "start"]);
    const units = start?.filter((word) => /\.(service|timer)$/.test(word)) ?? [];
    expect(units).toHaveLength(2);
    for (const unit of units) expect(contentOf(unit), unit).not.toBe("");
    expect(contentOf("sluice-join.service")).toContain("ExecStart=/etc/sluice/join\n");
    const wants = files.at(-1);
    expect(wants?.path, "the last to be written").toMatch(/multi-user\.target\.d\/.*\.conf$/);
    expect(wants?.content).toBe(`[Unit]\nWants=${units.join(" ")}\n`);
  });

  it("runs a script that a shell can read", () => {
    expect(join).not.toBe("");
    checkShell(join);
  });

  it("trusts the head's certificate and no other, and sends its proof by standard input", () => {
    expect(files.find(({ path }) => path.endsWith("head.crt"))?.content).toBe(boot.headCertificate);
    expect(join).toContain("cat /run/sluice-machine/identity | post");
    expect(join).toMatch(/curl .*--fail/);
    expect(join).toContain("--cacert /etc/sluice/head.crt");
    expect(join).not.toMatch(/--insecure| -k /);
  });

  it("is the same for every node, and needs no key to be written", () => {
    expect(renderComputeUserData(boot)).toBe(renderComputeUserData({ ...boot }));
    expect(files.map(({ path }) => path)).not.toContain("/etc/munge/munge.key");
  });
});

describe("a light machine's user data", () => {
  it("is a script that a shell can read, with and without users", () => {
    checkShell(renderLightUserData(boot));
    checkShell(renderLightUserData({ users: [] }));
  });
});
