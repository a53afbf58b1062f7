import {
  type ApplyOptions,
  type ApplyRequest,
  type Cloud,
  CloudError,
  type ClusterRecord,
  type ExecRequest,
  type ExecResult,
  type FileState,
  type FileVersion,
  type HeadShell,
  type Infrastructure,
  isInService,
  type KeptFile,
  type Machine,
  type Progress,
  type UpdateRequest,
} from "@sluice/cloud";
import { type Clock, SluiceError } from "@sluice/model";
import { clusterExists, clusterNotFound } from "../operation.ts";
import { aborted } from "./aborted.ts";
import { FakeHead } from "./fake-head.ts";
import { FakeImages } from "./fake-images.ts";
import { FakeLogs } from "./fake-logs.ts";

/** What the fake makes for a cluster, in order. */
export const FAKE_STEPS = ["network", "storage", "image", "head"] as const;
export type FakeStep = (typeof FAKE_STEPS)[number];

interface Cluster {
  record: ClusterRecord;
  readonly made: Set<FakeStep>;
  readonly head: FakeHead;
  readonly events: Progress[];
  readonly compute: Machine[];
  readonly files: { readonly file: KeptFile; state: FileState }[];
  /** How often its head is asked about before it has put the wanted file in force. */
  looksLeft: number;
}

/**
 * A cloud in memory that keeps the contract of `Infrastructure`: names are unique, a failed or
 * aborted apply takes down what it made, an unfinished teardown leaves a record that `destroy`
 * removes, a stopped head does not answer. Its failures are knobs.
 */
export class FakeCloud implements Cloud {
  readonly provider: string;
  readonly #clock: Clock;
  readonly #clusters = new Map<string, Cluster>();
  #created = 0;

  /** `apply` fails at this step. */
  failAt: FakeStep | undefined;
  /** `apply` stays at this step until it is aborted. */
  hangAt: FakeStep | undefined;
  /** What was made cannot be taken down. */
  failTeardown = false;
  headAnswers = true;
  /** Whether it can tell which nodes its compute machines are. */
  knowsNodes = true;
  /** The head can't put a file in force, and says why. */
  failUpdate: string | undefined;
  /** Looks at a cluster until its head has put a file in force. */
  looksUntilUpdated = 2;
  /** Called with each cluster's head before its cluster is created. */
  prepareHead: (head: FakeHead) => void = () => {};
  /** The command that borrows the terminal; gives its exit code. */
  onAttach: (cluster: string, request: ExecRequest) => number = () => 0;
  console: readonly string[] = ["booting", "login:"];
  closed = false;
  images?: FakeImages;
  logs?: FakeLogs;

  constructor(clock: Clock, provider = "local") {
    this.#clock = clock;
    this.provider = provider;
  }

  /** From here on it has what clouds in an account have: templates, prices, images, kept logs. */
  openAccount(): { readonly images: FakeImages; readonly logs: FakeLogs } {
    const images = new FakeImages(this.#clock);
    const logs = new FakeLogs();
    this.images = images;
    this.logs = logs;
    this.infrastructure.synthesise = async ({ name, config }) => [
      { path: "cluster.template.json", text: JSON.stringify({ name, region: config.Region }) },
      { path: "nested/queues.template.json", text: "{}" },
    ];
    this.infrastructure.cost = async (name) => {
      const { compute } = this.#require(name);
      return [
        { what: "head node", usdPerHour: 0.1 },
        ...compute.map(({ node }) => ({ what: node, usdPerHour: 0.4 })),
        { what: "volume state", usdPerHour: undefined },
      ];
    };
    return { images, logs };
  }

  /** What exists of a cluster. */
  made(name: string): readonly FakeStep[] {
    return [...(this.#clusters.get(name)?.made ?? [])];
  }

  head(name: string): FakeHead {
    return this.#require(name).head;
  }

  /** The head machine dies; the cluster's status does not say so. */
  loseHead(name: string): void {
    const cluster = this.#require(name);
    cluster.record = { ...cluster.record, head: undefined };
  }

  /** Puts a compute machine beside the head. */
  addMachine(name: string, node: string, queue: string, state?: Machine["state"]): void {
    const machine = this.#machine(node, { queue, computeResource: "small" });
    const id = state === undefined ? machine.id : `${machine.id}-${state}`;
    this.#require(name).compute.push({ ...machine, id, state: state ?? machine.state });
  }

  readonly infrastructure: Infrastructure = {
    plan: async ({ name }) => {
      this.#requireFree(name);
      return { steps: FAKE_STEPS.map((step) => `make the ${step}`) };
    },
    apply: (request, options) => this.#apply(request, options),
    destroy: async (name, options) => {
      const cluster = this.#clusters.get(name);
      if (cluster === undefined) return { kept: [] };
      this.#setStatus(cluster, "DELETE_IN_PROGRESS");
      this.#takeDown(cluster, options);
      if (this.failTeardown) {
        this.#setStatus(cluster, "DELETE_FAILED", "the storage is busy");
        throw new CloudError("Transient", "the storage is busy");
      }
      this.#clusters.delete(name);
      return {
        kept: [
          ...(options.retainAccounting ? [`accounting of ${name}`] : []),
          ...(options.retainStorage === true ? [`storage of ${name}`] : []),
        ],
      };
    },
    stopHead: async (name, options) => {
      const cluster = this.#require(name);
      this.#setStatus(cluster, "STOPPED");
      this.#report(cluster, options, "head", "done");
    },
    startHead: async (name, options) => {
      const cluster = this.#require(name);
      const head = this.#machine("head", undefined);
      cluster.record = { ...cluster.record, head };
      const isUpdated = cluster.record.fileVersion > 1;
      this.#setStatus(cluster, isUpdated ? "UPDATE_COMPLETE" : "CREATE_COMPLETE");
      this.#report(cluster, options, "head", "done");
    },
    update: async (request) => this.#update(request),
    files: async (name) => this.#require(name).files.map(({ file, state }) => ({ ...file, state })),
    describe: async (name) => {
      const cluster = this.#clusters.get(name);
      if (cluster !== undefined) this.#advance(cluster);
      return cluster?.record;
    },
    list: async () => [...this.#clusters.values()].map(({ record }) => record),
    events: async (name) => this.#require(name).events,
    machines: async (name) => {
      const { record, compute } = this.#require(name);
      const nodes = this.knowsNodes ? compute : compute.map((one) => ({ ...one, node: one.id }));
      return [...nodes, ...(record.head === undefined ? [] : [record.head])];
    },
  };

  readonly shell: HeadShell = {
    exec: async (name, request): Promise<ExecResult> => this.#answering(name).exec(request),
    attach: async (name, request) => {
      this.#answering(name);
      return this.onAttach(name, request);
    },
  };

  async consoleOutput(_cluster: string, machineId: string, lines: number): Promise<string> {
    const all = this.console.map((line) => `${machineId} ${line}`);
    return `${all.slice(-lines).join("\n")}\n`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
  }

  async #apply(
    request: ApplyRequest,
    options: ApplyOptions & { readonly keepOnFailure?: boolean },
  ): Promise<ClusterRecord> {
    this.#requireFree(request.name);
    const cluster = this.#begin(request);
    try {
      for (const step of FAKE_STEPS) {
        this.#report(cluster, options, step, "started");
        if (step === this.hangAt) await aborted(options.signal);
        options.signal.throwIfAborted();
        cluster.made.add(step);
        if (step === this.failAt) throw new CloudError("NotReady", `the ${step} can't be made`);
        this.#report(cluster, options, step, "done");
      }
    } catch (error) {
      if (options.keepOnFailure === true && !options.signal.aborted) {
        this.#setStatus(cluster, "CREATE_FAILED", String(error));
        throw error;
      }
      this.#takeDown(cluster, options);
      if (this.failTeardown) this.#setStatus(cluster, "CREATE_FAILED", String(error));
      else this.#clusters.delete(request.name);
      throw error;
    }
    const head = this.#machine("head", undefined);
    cluster.record = { ...cluster.record, head };
    this.#setStatus(cluster, "CREATE_COMPLETE");
    return cluster.record;
  }

  #begin(request: ApplyRequest): Cluster {
    const now = this.#clock.now();
    const head = new FakeHead(this.#clock);
    this.prepareHead(head);
    const record: ClusterRecord = {
      name: request.name,
      id: `${request.name}-${++this.#created}`,
      provider: this.provider,
      status: "CREATE_IN_PROGRESS",
      statusReason: undefined,
      createdAt: now,
      updatedAt: now,
      configText: request.configText,
      fileVersion: 1,
      head: undefined,
      resources: { network: `fake-${request.name}` },
    };
    const file: KeptFile = {
      version: 1,
      text: request.configText,
      givenAt: now,
      state: "in-force",
    };
    const files: Cluster["files"] = [{ file, state: "in-force" }];
    const cluster: Cluster = {
      record,
      made: new Set(),
      head,
      events: [],
      compute: [],
      files,
      looksLeft: 0,
    };
    this.#clusters.set(request.name, cluster);
    return cluster;
  }

  #update(request: UpdateRequest): FileVersion {
    const cluster = this.#require(request.name);
    const { record, files } = cluster;
    const { name, configText } = request;
    if (record.status === "UPDATE_IN_PROGRESS") {
      if (configText !== record.configText) {
        throw new SluiceError("CLUSTER_BUSY", "user", `an update of ${name} is under way`);
      }
      for (const one of files) if (one.state === "wanted") one.state = "replaced";
    }
    const now = this.#clock.now();
    const version = files.length + 1;
    files.push({
      file: { version, text: configText, givenAt: now, state: "wanted" },
      state: "wanted",
    });
    cluster.looksLeft = this.looksUntilUpdated;
    this.#setStatus(cluster, "UPDATE_IN_PROGRESS");
    this.#report(cluster, NOBODY, "update", "started", `version ${version}`);
    return { version, text: configText };
  }

  /** The head, between two looks. */
  #advance(cluster: Cluster): void {
    const wanted = cluster.files.find(({ state }) => state === "wanted");
    if (wanted === undefined || !this.headAnswers || cluster.looksLeft-- > 0) return;
    const { version, text } = wanted.file;
    if (this.failUpdate !== undefined) {
      wanted.state = "failed";
      this.#setStatus(cluster, "UPDATE_FAILED", this.failUpdate);
      this.#report(cluster, NOBODY, "update", "failed", this.failUpdate);
      return;
    }
    for (const one of cluster.files) if (one.state === "in-force") one.state = "former";
    wanted.state = "in-force";
    cluster.record = { ...cluster.record, fileVersion: version, configText: text };
    this.#setStatus(cluster, "UPDATE_COMPLETE");
    this.#report(cluster, NOBODY, "update", "done", `version ${version} is in force`);
  }

  #takeDown(cluster: Cluster, options: ApplyOptions): void {
    for (const step of [...cluster.made].reverse()) {
      if (this.failTeardown && step === "storage") return;
      cluster.made.delete(step);
      this.#report(cluster, options, step, "info", "taken down");
    }
  }

  #report(
    cluster: Cluster,
    { onProgress }: ApplyOptions,
    resource: string,
    status: Progress["status"],
    message = "",
  ): void {
    const progress: Progress = { time: this.#clock.now(), resource, status, message };
    cluster.events.push(progress);
    onProgress(progress);
  }

  #setStatus(cluster: Cluster, status: ClusterRecord["status"], statusReason?: string): void {
    const updatedAt = this.#clock.now();
    cluster.record = { ...cluster.record, status, statusReason, updatedAt };
  }

  #machine(node: string, pool: Machine["pool"]): Machine {
    return {
      id: `i-${node}`,
      token: `token-${node}`,
      role: pool === undefined ? "head" : "compute",
      node,
      pool,
      offering: { instanceType: "local.small", zone: "local-a", market: "on-demand" },
      state: "running",
      address: pool === undefined ? "10.0.0.2" : undefined,
      launchedAt: this.#clock.now(),
      tags: {},
    };
  }

  #answering(name: string): FakeHead {
    const { record, head } = this.#require(name);
    const isOn = isInService(record.status) && record.head !== undefined;
    if (!this.headAnswers || !isOn) {
      throw new CloudError("NotReady", "the head machine is off");
    }
    return head;
  }

  #require(name: string): Cluster {
    const cluster = this.#clusters.get(name);
    if (cluster === undefined) throw clusterNotFound(name);
    return cluster;
  }

  #requireFree(name: string): void {
    const taken = this.#clusters.get(name);
    if (taken !== undefined) throw clusterExists(taken.record);
  }
}

const NOBODY: ApplyOptions = { onProgress: () => {}, signal: new AbortController().signal };
