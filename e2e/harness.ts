import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describeClusterInstances } from "@sluice/lifecycle";
import { createLocalCloud, type LocalCloud } from "@sluice/local";
import { isSluiceError } from "@sluice/model";
import { inject } from "vitest";
import { tracesOf } from "./leftovers.ts";
import { CRASH, ledgerOf, type Run, type Trace } from "./run.ts";

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as the one JSON document that it is. */
  json<T>(): T;
  /** The error document on standard error, after the lines of progress. */
  error(): { readonly code: string; readonly message: string; readonly hint?: string };
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Seconds; a command that takes longer is killed and the test told so. */
  readonly timeout?: number;
}

/** Seconds between two looks. */
const POLL_SECONDS = 0.2;

/** One state folder with the command line on it: all that a host with Sluice is. */
export class Site {
  readonly run: Run;
  readonly state: string;
  readonly #wrapper: readonly string[];

  /**
   * @param wrapper words before each command, for a command line in surroundings of its own.
   * @param run outside of a test, which has it from the global set-up.
   */
  constructor(name: string, wrapper: readonly string[] = [], run: Run = inject("run")) {
    this.run = run;
    this.state = join(this.run.folder, name);
    this.#wrapper = wrapper;
  }

  get env(): Record<string, string> {
    return {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: "/root",
      LANG: "C.UTF-8",
      SLUICE_STATE_DIR: this.state,
      SLUICE_IMAGE_DIR: this.run.images,
    };
  }

  /**
   * Its cloud as each command opens it, whose service is started where there is none; undefined where
   * commands run in surroundings of their own.
   */
  async cloud(): Promise<LocalCloud | undefined> {
    if (this.#wrapper.length > 0) return undefined;
    const program = join(this.run.dist, "local-service.mjs");
    return createLocalCloud({ env: this.env, program });
  }

  /** The words of a `sluice` command, for those who start it themselves. */
  argv(args: readonly string[]): readonly string[] {
    return [...this.#wrapper, this.run.node, join(this.run.dist, "sluice.mjs"), ...args];
  }

  start(args: readonly string[], options: CallOptions = {}): ChildProcess {
    return startProcess(this.argv(args), { ...this.env, ...options.env });
  }

  sluice(args: readonly string[], options: CallOptions = {}): Promise<Result> {
    return finished(this.start(args, options), args, options);
  }

  /** Writes a cluster file into the run's folder and gives its path. */
  clusterFile(name: string, yaml: string): string {
    mkdirSync(this.state, { recursive: true });
    const file = join(this.run.folder, `${name}.yaml`);
    writeFileSync(file, yaml);
    return file;
  }

  async createCluster(name: string, yaml: string): Promise<Cluster> {
    const file = this.clusterFile(name, yaml);
    const result = await this.sluice(["create-cluster", "-n", name, "-c", file]);
    if (result.code !== 0) throw new Error(`create-cluster ${name} failed:\n${result.stderr}`);
    return this.cluster(name);
  }

  /** A cluster that exists. It is noted down, so that at the end nothing of it may be left. */
  async cluster(name: string): Promise<Cluster> {
    const trace = await this.trace(name);
    appendFileSync(ledgerOf(this.run), `${JSON.stringify(trace)}\n`);
    return new Cluster(this, trace);
  }

  async trace(name: string): Promise<Trace> {
    const { clusterId, resources } = (await this.sluice(["describe-cluster", "-n", name])).json<{
      clusterId: string;
      resources: { bridge: string; folder: string };
    }>();
    return { name, id: clusterId, bridge: resources.bridge, folder: resources.folder };
  }

  async clusterNames(): Promise<readonly string[]> {
    const { clusters } = (await this.sluice(["list-clusters"])).json<{
      clusters: readonly { clusterName: string }[];
    }>();
    return clusters.map(({ clusterName }) => clusterName);
  }
}

export interface Instance {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly nodeType: string;
  readonly instanceType: string;
  readonly privateIpAddress?: string;
  readonly state: string;
}

/** A running cluster, deleted at the end of the block that holds it with `await using`. */
export class Cluster implements AsyncDisposable {
  readonly site: Site;
  readonly trace: Trace;

  constructor(site: Site, trace: Trace) {
    this.site = site;
    this.trace = trace;
  }

  get name(): string {
    return this.trace.name;
  }

  /** A verb on this cluster. */
  sluice(verb: string, ...args: string[]): Promise<Result> {
    return this.site.sluice([verb, "-n", this.name, ...args]);
  }

  /**
   * A shell script on the head, by the way of `sluice run` but without its program: a start of that
   * for each of many looks a second takes a processor for itself.
   */
  async onHead(
    user: string,
    script: string,
    { timeout = 100 }: Pick<CallOptions, "timeout"> = {},
  ): Promise<Result> {
    const argv = ["sh", "-c", script];
    const cloud = await this.site.cloud();
    if (cloud === undefined) return this.sluice("run", "-u", user, "--", ...argv);
    const signal = AbortSignal.timeout(timeout * 1000);
    const did = `on the head of ${this.name}: ${script}`;
    try {
      const request = { argv, user, env: { TERM: "dumb" } };
      const { exitCode, stdout, stderr } = await cloud.shell.exec(this.name, request, { signal });
      return resultOf(exitCode, stdout, stderr, did);
    } catch (error) {
      if (signal.aborted) throw new Error(`${did}\ntook longer than ${timeout} s`);
      if (!isSluiceError(error)) throw error;
      return resultOf(1, "", JSON.stringify(error), did);
    }
  }

  /** As `onHead`, for scripts that must work: their output without its last newline. */
  async ok(
    user: string,
    script: string,
    options: Pick<CallOptions, "timeout"> = {},
  ): Promise<string> {
    const { code, stdout, stderr } = await this.onHead(user, script, options);
    if (code === 0) return stdout.trimEnd();
    const said = `exit ${code}\n${stdout}${stderr}`;
    throw new Error(`${script}\n${said}\n${await this.diagnosis()}`);
  }

  /** Its compute machines. */
  async instances(): Promise<readonly Instance[]> {
    const cloud = await this.site.cloud();
    if (cloud !== undefined) {
      return describeClusterInstances({ cloud, name: this.name, nodeType: "ComputeNode" });
    }
    const result = await this.sluice("describe-cluster-instances", "--node-type", "ComputeNode");
    return result.json<{ instances: readonly Instance[] }>().instances;
  }

  /** Machines by node, as long as each node has one. */
  async instanceOf(node: string): Promise<Instance | undefined> {
    return (await this.instances()).find(({ nodeName }) => nodeName === node);
  }

  until<T>(
    what: string,
    look: () => Promise<T | undefined | false>,
    seconds: number,
  ): Promise<NonNullable<T>> {
    return until(what, look, seconds, () => this.diagnosis());
  }

  /**
   * Waits until every job of `ids` has ended, and gives what accounting says of each. Accounting
   * alone would not do: a job that is on its way back to the queue after it lost a node is NODE_FAIL
   * there. While slurmctld remembers a job, both have to say the same.
   */
  async ended(ids: readonly string[], seconds: number): Promise<ReadonlyMap<string, string>> {
    const word = (state: string) => state.split(" ", 1)[0];
    return this.until(
      `jobs ${ids.join(", ")} to end`,
      async () => {
        const queue = await this.ok("root", "squeue -a -h -r -t all -o '%i|%T'");
        const known = new Map(queue.split("\n").map((row) => row.split("|") as [string, string]));
        const rows = await this.accounting(ids);
        const over = rows.filter(
          ({ id, state }) =>
            !/^(PENDING|RUNNING|REQUEUED|RESIZING)/.test(state) &&
            (known.get(id) ?? word(state)) === word(state),
        );
        const states = new Map(over.map(({ id, state }) => [id, state]));
        return ids.every((id) => states.has(id)) && states;
      },
      seconds,
    );
  }

  /** One row for each job, or for each time that it ran when `duplicates` is set. */
  async accounting(
    ids: readonly string[],
    { duplicates = false } = {},
  ): Promise<readonly { id: string; state: string; user: string; nodes: string }[]> {
    const all = duplicates ? "--duplicates" : "";
    const text = await this.ok(
      "root",
      `sacct -a -X -n -P ${all} -j ${ids.join(",")} -o jobid,state,user,nodelist`,
    );
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [id = "", state = "", user = "", nodes = ""] = line.split("|");
        return { id, state, user, nodes };
      });
  }

  /**
   * Waits until slurmctld has written down what it knows now, which it does up to five seconds late
   * and only when something changed: what a kill may take is what is younger.
   *
   * @param job a job of the queue, to change something about.
   */
  async saved(job: string): Promise<void> {
    const now = Number(await this.ok("root", "date +%s"));
    const look = `scontrol update jobid=${job} comment=$(date +%s.%N)
      stat -c %Y /var/lib/sluice/slurmctld/job_state`;
    await this.until(
      "slurmctld to save its state",
      async () => Number(await this.ok("root", look)) > now,
      20,
    );
  }

  /** What one needs to know of a cluster that does not do what it should. */
  async diagnosis(): Promise<string> {
    const script = `
      echo '-- nodes'; sinfo -N -o '%N %T %E' | sort -u | head -40
      echo '-- jobs'; squeue -a -o '%i %P %u %T %r %N' | head -40
      echo '-- sluice-head'; journalctl -q -u sluice-head -n 25 -o cat --no-pager
      echo '-- sluice-update'; journalctl -q -u sluice-update -n 15 -o cat --no-pager
      echo '-- slurmctld.log'; tail -n 40 /var/lib/sluice/log/slurmctld.log`;
    const { stdout, stderr } = await this.onHead("root", script, { timeout: 20 });
    return `${stdout}${stderr}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const log = await this.onHead("root", "journalctl -q -u sluice-head -o cat --no-pager");
    if (CRASH.test(log.stdout)) throw new Error(`sluice-head crashed:\n${log.stdout.slice(-4000)}`);
    const { code, stderr } = await this.sluice("delete-cluster", "--yes");
    if (code !== 0) throw new Error(`delete-cluster ${this.name} failed:\n${stderr}`);
    const traces = tracesOf(this.trace);
    if (traces.length > 0) {
      throw new Error(`delete-cluster ${this.name} left:\n  ${traces.join("\n  ")}`);
    }
  }
}

/** The site that most files share, and in it the one cluster for tests that break nothing. */
export function mainSite(): Site {
  return new Site("main");
}

export async function sharedCluster(yaml: string): Promise<Cluster> {
  const site = mainSite();
  const name = "shared";
  return (await site.clusterNames()).includes(name)
    ? site.cluster(name)
    : site.createCluster(name, yaml);
}

export function startProcess(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const [file = "", ...args] = argv;
  return spawn(file, args, { env, cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
}

export function finished(
  child: ChildProcess,
  what: readonly string[],
  { input = "", timeout = 100 }: CallOptions = {},
): Promise<Result> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${what.join(" ")} took longer than ${timeout} s:\n${stdout}${stderr}`));
    }, timeout * 1000);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(resultOf(code ?? (signal === null ? 255 : 128), stdout, stderr, what.join(" ")));
    });
  });
}

function resultOf(code: number, stdout: string, stderr: string, what: string): Result {
  return {
    code,
    stdout,
    stderr,
    json: <T>() => parse<T>(stdout, `${what}: exit ${code}\n${stderr}`),
    error: () => parse(stderr.slice(stderr.search(/^\{/m)), `${what}\n${stderr}`),
  };
}

function parse<T>(text: string, about: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`no JSON document:\n${text}\n${about}`);
  }
}

/**
 * Looks until there is something to see, and gives it. A look that throws has seen nothing; what it
 * threw last is part of the failure.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  seconds: number,
  diagnosis: () => Promise<string> = async () => "",
): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1000;
  let thrown: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false && seen !== null) return seen;
      thrown = undefined;
    } catch (error) {
      thrown = error;
    }
    if (Date.now() > deadline) {
      const last = thrown === undefined ? "" : `\nthe last look: ${String(thrown)}`;
      throw new Error(`waited ${seconds} s in vain for ${what}${last}\n${await diagnosis()}`);
    }
    await delay(POLL_SECONDS * 1000);
  }
}
