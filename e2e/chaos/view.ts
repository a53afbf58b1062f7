import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Cluster } from "../harness.ts";

export interface HostMachine {
  readonly id: string;
  readonly node: string;
  readonly role: string;
  readonly state: string;
  /** Its launcher. */
  readonly pid: number | null;
}

export interface StoredEvent {
  readonly id: number;
  readonly time: string;
  readonly kind: string;
  readonly node: string | null;
  readonly machine_id: string | null;
  readonly message: string;
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A cluster seen from its host, past the local cloud's service: what one looks at and who looks
 * must not depend on what is being broken. Databases are read as they lie on the disk, and the head
 * is entered through its namespaces.
 */
export class View {
  readonly cluster: Cluster;
  readonly #state: string;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.#state = cluster.site.state;
  }

  get servicePid(): number | undefined {
    const file = join(this.#state, "service", "pid");
    const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    return pid > 0 && commandOf(pid)?.includes("local-service") ? pid : undefined;
  }

  /** The shell loop that starts the service again. */
  get guardPid(): number | undefined {
    const service = this.servicePid;
    const parent = service === undefined ? undefined : parentOf(service);
    return parent !== undefined && commandOf(parent)?.includes("sluice-local-guard")
      ? parent
      : undefined;
  }

  /** Machines that the cloud has not seen end. */
  machines(): readonly HostMachine[] {
    return this.#rows(
      join(this.#state, "service", "local.sqlite"),
      "SELECT id, node, role, state, pid FROM machines WHERE cluster = ? AND state <> 'gone'",
      this.cluster.name,
    );
  }

  compute(): readonly HostMachine[] {
    return this.machines().filter(({ role }) => role === "compute");
  }

  head(): HostMachine | undefined {
    return this.machines().find(({ role, state }) => role === "head" && state === "running");
  }

  /** What the node manager wrote down after the event `after`, oldest first. */
  events(after: number): readonly StoredEvent[] {
    const sql =
      "SELECT id, time, kind, node, machine_id, message FROM events WHERE id > ? ORDER BY id";
    return this.#rows(this.#capacity, sql, after);
  }

  /** Rows of one of the node manager's tables, for tables that hold nothing at rest. */
  stored(table: "intents" | "notices" | "returned_jobs"): readonly Record<string, unknown>[] {
    return this.#rows(this.#capacity, `SELECT * FROM ${table}`);
  }

  /** Offerings that are left alone at this moment. */
  unavailable(): readonly Record<string, unknown>[] {
    return this.#rows(this.#capacity, "SELECT * FROM unavailable WHERE until > ?", Date.now());
  }

  /** Units whose job ran to its end, with the lines that its runs wrote. */
  done(): ReadonlyMap<string, readonly string[]> {
    const folder = join(this.cluster.trace.folder, "storage", "shared", "chaos", "done");
    const lines = new Map<string, string[]>();
    for (const name of readdirSync(folder)) {
      if (name.startsWith(".")) continue;
      const unit = name.split("@", 1)[0] ?? name;
      const line = readFileSync(join(folder, name), "utf8").trim();
      lines.set(unit, [...(lines.get(unit) ?? []), line]);
    }
    return lines;
  }

  /** A shell script on the head; one that takes longer than `timeout` seconds is killed in there. */
  async head$(user: string, script: string, timeout: number): Promise<Said> {
    const launcher = this.head()?.pid;
    const init = launcher == null ? undefined : headInit(launcher);
    if (init === undefined) return { code: 255, stdout: "", stderr: "the head is not there" };
    const inside = `exec setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups \\
      timeout --signal=KILL ${timeout} sh -c "$2"`;
    return said("nsenter", [
      ...[`--target=${init}`, "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wdns=/"],
      ...["--", "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ...["LANG=C.UTF-8", "SLURM_TIME_FORMAT=%s", "sh", "-c", inside, "sh", user, script],
    ]);
  }

  get #capacity(): string {
    return join(this.cluster.trace.folder, "volume", "capacity.sqlite");
  }

  #rows<T>(file: string, sql: string, ...values: readonly (string | number)[]): readonly T[] {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      database.exec("PRAGMA busy_timeout = 2000");
      return database.prepare(sql).all(...values) as unknown as readonly T[];
    } finally {
      database.close();
    }
  }
}

export function said(file: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 255, stdout, stderr }));
  });
}

/** The head's process 1: the child of systemd-nspawn, which is the child of the launcher. */
function headInit(launcher: number): number | undefined {
  const [nspawn] = childrenOf(launcher);
  return nspawn === undefined ? undefined : childrenOf(nspawn)[0];
}

/** Processes below `pid` that are called `name`. */
export function descendants(pid: number, name: string): readonly number[] {
  return childrenOf(pid).flatMap((child) => [
    ...(nameOf(child) === name ? [child] : []),
    ...descendants(child, name),
  ]);
}

function childrenOf(pid: number): readonly number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`)?.trim() ?? "";
  return text === "" ? [] : text.split(" ").map(Number);
}

function nameOf(pid: number): string | undefined {
  return read(`/proc/${pid}/comm`)?.trim();
}

function commandOf(pid: number): string | undefined {
  return read(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ");
}

function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
