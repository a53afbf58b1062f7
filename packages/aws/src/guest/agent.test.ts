import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { agentScript } from "./agent.ts";

let root: string;
const path = (name: string): string => join(root, name);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sluice-agent-"));
  for (const folder of ["bin", "etc/sluice", "var/lib/snapd/seed/snaps", "tmp"]) {
    mkdirSync(path(folder), { recursive: true });
  }
  program("fetch", 'echo "$1" >> "$ROOT/fetched"; echo package > "$2"');
  for (const name of ["apt-get", "dnf"]) program(name, `echo "${name} $*" >> "$ROOT/called"`);
  // There is no such unit until it is enabled.
  program(
    "systemctl",
    'case $1 in cat) [ -e "$ROOT/unit" ] ;; *) echo "systemctl $*" >> "$ROOT/called" ;; esac',
  );
  program("sleep", 'echo "$1" >> "$ROOT/slept"');
  program("uname", "echo aarch64");
  // It finds no others, such as the package manager of the machine that this runs on.
  for (const name of ["find", "install", "mktemp", "rm", "tail"]) {
    symlinkSync(`/usr/bin/${name}`, path(`bin/${name}`));
  }
});
afterEach(() => rmSync(root, { recursive: true }));

function program(name: string, body: string): void {
  writeFileSync(path(`bin/${name}`), `#!/bin/sh\n${body}\n`);
  chmodSync(path(`bin/${name}`), 0o755);
}

function run(region = "eu-central-1", env: Record<string, string> = {}) {
  const script = agentScript(region, path("bin/fetch"))
    .replace(/^PATH=.*$/m, `PATH=${path("bin")}`)
    .replaceAll(/ "?\/(?=etc\/|var\/)/g, (match) => match.replace("/", `${root}/`));
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", ROOT: root, TMPDIR: path("tmp"), ...env },
  });
  return { status, said: `${stdout}${stderr}` };
}

const called = (): string =>
  readFileSync(path("called"), "utf8").replaceAll(/\S+\/(?=amazon)/g, "");
const fetched = (): string => readFileSync(path("fetched"), "utf8").trim();

it("installs the package of the region's bucket, and starts it", () => {
  expect(run()).toEqual({
    status: 0,
    said: "sluice: installed the agent of Systems Manager\n",
  });
  const bucket = "https://s3.eu-central-1.amazonaws.com/amazon-ssm-eu-central-1";
  expect(fetched()).toBe(`${bucket}/latest/debian_arm64/amazon-ssm-agent.deb`);
  expect(called()).toMatch(
    /^apt-get .*install amazon-ssm-agent\.deb\nsystemctl enable --now amazon-ssm-agent\.service\n$/,
  );
});

it("knows Red Hat's packages, other processors, and China", () => {
  rmSync(path("bin/apt-get"));
  program("uname", "echo x86_64");
  expect(run("cn-north-1").status).toBe(0);
  const bucket = "https://s3.cn-north-1.amazonaws.com.cn/amazon-ssm-cn-north-1";
  expect(fetched()).toBe(`${bucket}/latest/linux_amd64/amazon-ssm-agent.rpm`);
  expect(called()).toMatch(/^dnf .*--disablerepo=\* install amazon-ssm-agent\.rpm\n/);
});

it("leaves an image alone that has it, as a package or as a snap that is yet to come", () => {
  writeFileSync(path("unit"), "");
  expect(run().status).toBe(0);
  rmSync(path("unit"));
  writeFileSync(path("var/lib/snapd/seed/snaps/amazon-ssm-agent_9881.snap"), "");
  expect(run()).toEqual({ status: 0, said: "" });
  expect(existsSync(path("fetched"))).toBe(false);
});

it("tries for some minutes, and says then what is the matter", () => {
  program("fetch", 'echo "$1" >> "$ROOT/fetched"; echo no route to it >&2; exit 1');
  const { status, said } = run();
  expect(status).toBe(1);
  expect(said).toMatch(/^no route to it\nsluice: there is no agent .*\n$/);
  const pauses = readFileSync(path("slept"), "utf8").trim().split("\n").map(Number);
  expect(pauses.length).toBe(fetched().split("\n").length);
  expect(pauses.reduce((a, b) => a + b)).toBeGreaterThan(120);
});

it("goes on when what failed goes well", () => {
  program("apt-get", '[ -e "$ROOT/tried" ] || { : > "$ROOT/tried"; exit 100; }');
  expect(run().status).toBe(0);
});

it("gives the agent the proxy of the machine, also one that is there already", () => {
  writeFileSync(path("unit"), "");
  writeFileSync(path("etc/sluice/proxy"), 'https_proxy="http://p:8080"\n');
  expect(run().status).toBe(0);
  const unit = "etc/systemd/system/amazon-ssm-agent.service.d/sluice.conf";
  expect(readFileSync(path(unit), "utf8")).toMatch(/^\[Service\]\nEnvironmentFile=-\S*\/proxy\n$/);
  expect(called()).toMatch(/daemon-reload\nsystemctl try-restart /);
});

it("asks Amazon nothing where something else stands in for it", () => {
  expect(run("eu-central-1", { AWS_ENDPOINT_URL: "http://127.0.0.1:1" })).toEqual({
    status: 0,
    said: "",
  });
  expect(existsSync(path("fetched"))).toBe(false);
});

it("is shell that shellcheck has nothing against", () => {
  writeFileSync(path("script"), agentScript("eu-central-1", "/etc/sluice/guest fetch-url"));
  execFileSync("shellcheck", ["--shell=sh", path("script")]);
});
