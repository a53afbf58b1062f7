import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";

/** What cloud-init reads in our user data. */
export interface CloudConfig {
  readonly write_files: readonly {
    readonly path: string;
    readonly permissions: string;
    readonly encoding?: string;
    readonly content: string;
  }[];
  readonly runcmd: readonly (readonly string[])[];
}

/** Throws for a text that cloud-init would not take for its own. */
export function readCloudConfig(text: string): CloudConfig {
  if (!text.startsWith("#cloud-config\n")) throw new Error("cloud-init would not read this");
  return parse(text) as CloudConfig;
}

export function fileOf(config: CloudConfig, path: string): string {
  const file = config.write_files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`no ${path} in it`);
  return file.content;
}

/**
 * What shellcheck has to say of scripts, nothing when they are well. Words of the cluster file are
 * quoted so that they mean only themselves, which is what the rule that is left out warns of.
 */
export function shellcheck(scripts: Iterable<string>): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-shellcheck-"));
  try {
    const files = [...scripts].map((script, index) => {
      const file = join(folder, `${index}.sh`);
      writeFileSync(file, script);
      return file;
    });
    execFileSync("shellcheck", ["--shell=sh", "--exclude=SC2016", ...files]);
    return "";
  } catch (error) {
    const { code, stdout } = error as { readonly code?: string; readonly stdout?: Buffer };
    if (code !== "ENOENT") return String(stdout);
    throw new Error("this test needs shellcheck: apt-get install shellcheck");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Folders that a script finds in the scratch machine instead of on this one. */
const OWN_FOLDERS = /(?<![\w.}$])\/(etc|home|opt|run|var)(?=\/|\b)/g;

/**
 * A folder that a boot script takes for its machine: programs that would do harm are files in `bin`,
 * which note how they were called.
 */
export class ScratchMachine {
  readonly root = mkdtempSync(join(tmpdir(), "sluice-boot-"));

  constructor() {
    for (const folder of ["bin", "etc/sluice", "etc/munge", "run"]) this.folder(folder);
    this.file("etc/hosts", "127.0.0.1 localhost\n");
    this.file("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    this.file("etc/group", "root:x:0:\n");
    for (const name of ["systemctl", "hostname", "mount", "chown", "poweroff"]) this.noted(name);
    this.program("mountpoint", "exit 1");
    this.program("getent", "exit 0");
  }

  path(name: string): string {
    return join(this.root, name);
  }

  folder(name: string): void {
    mkdirSync(this.path(name), { recursive: true });
  }

  file(name: string, content: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** A program of the machine's, in shell. */
  program(name: string, body: string): void {
    this.file(`bin/${name}`, `#!/bin/sh\n${this.#moved(body)}\n`);
    chmodSync(this.path(`bin/${name}`), 0o755);
  }

  /** One that does nothing but to note its arguments in `called`. */
  noted(name: string): void {
    this.program(name, `echo "${name} $*" >> ${this.path("called")}`);
  }

  /** How the noted programs were called, a line for each. */
  get called(): readonly string[] {
    try {
      return this.read("called").trim().split("\n");
    } catch {
      return [];
    }
  }

  /** Runs a script as its machine would. Paths of the machine are those of the scratch folder. */
  run(script: string, ...args: string[]): { readonly status: number; readonly said: string } {
    const moved = this.#moved(script).replace(
      /^PATH=.*$/m,
      `PATH=${this.path("bin")}:/usr/bin:/bin`,
    );
    this.file("script", moved);
    try {
      const said = execFileSync("sh", [this.path("script"), ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: `${this.path("bin")}:/usr/bin:/bin`, SLUICE_BOOT_STATE: this.path("state") },
      });
      return { status: 0, said };
    } catch (error) {
      const { status, stdout, stderr } = error as Record<string, unknown>;
      return { status: Number(status), said: `${stdout}${stderr}` };
    }
  }

  #moved(script: string): string {
    return script.replaceAll(OWN_FOLDERS, `${this.root}/$1`);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}
