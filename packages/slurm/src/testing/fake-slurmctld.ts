import { type Clock, SluiceError } from "@sluice/model";
import type { NodeUpdate, SlurmJob, SlurmNode, SlurmPartition } from "../control.ts";
import { compressHostList, expandHostList } from "../host-list.ts";
import { FakeJob, type SubmitOptions } from "./fake-job.ts";
import { FakeNode } from "./fake-node.ts";
import type { FakeSlurmHooks, FakeSlurmOptions, RegisterOptions } from "./fake-options.ts";

/** slurmctld's own checks come this often. */
const TICK_MS = 1000;
const PERIODIC_MS = 30_000;

/** The records and the rules of slurmctld; `FakeSlurm` is how tests speak to it. */
export class FakeSlurmctld implements Disposable {
  readonly hooks: FakeSlurmHooks;
  readonly #options: Required<
    Pick<
      FakeSlurmOptions,
      "suspendTime" | "suspendTimeout" | "resumeTimeout" | "slurmdTimeout" | "credExpire"
    >
  >;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, FakeNode>();
  readonly #partitions: { name: string; nodes: readonly string[]; state: string }[];
  readonly #jobs = new Map<number, FakeJob>();
  readonly #stop = new AbortController();
  #nextJobId = 1;
  #lastPeriodic: number;

  constructor(options: FakeSlurmOptions) {
    this.#clock = options.clock;
    this.hooks = {
      ...(options.onResume && { onResume: options.onResume }),
      ...(options.onResumeFail && { onResumeFail: options.onResumeFail }),
      ...(options.onSuspend && { onSuspend: options.onSuspend }),
      ...(options.onPrologSlurmctld && { onPrologSlurmctld: options.onPrologSlurmctld }),
    };
    this.#options = {
      suspendTime: options.suspendTime ?? 600,
      suspendTimeout: options.suspendTimeout ?? 60,
      resumeTimeout: options.resumeTimeout ?? 600,
      slurmdTimeout: options.slurmdTimeout ?? 180,
      credExpire: options.credExpire ?? 30,
    };
    const fixed = new Set(expandHostList(options.staticNodes ?? ""));
    this.#partitions = options.partitions.map(({ name, nodes }) => ({
      name,
      nodes: expandHostList(nodes),
      state: "UP",
    }));
    for (const name of new Set(this.#partitions.flatMap((partition) => partition.nodes))) {
      const of = this.#partitions.filter((p) => p.nodes.includes(name)).map((p) => p.name);
      this.#nodes.set(name, new FakeNode(name, of, fixed.has(name)));
    }
    this.#lastPeriodic = this.#now();
    void this.#run();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  submit(options: SubmitOptions = {}): number {
    const partition = options.partition ?? this.#partitions[0]?.name ?? "";
    if (!this.#partitions.some(({ name }) => name === partition)) {
      throw refused(`invalid partition specified: ${partition}`);
    }
    const job = new FakeJob(this.#nextJobId++, partition, options, this.#now());
    this.#jobs.set(job.id, job);
    this.#schedule();
    return job.id;
  }

  finish(jobId: number): void {
    const job = this.#jobs.get(jobId);
    if (job?.state === "RUNNING") this.#end(job, "COMPLETED");
    this.#schedule();
  }

  cancel(jobId: number): void {
    const job = this.#jobs.get(jobId);
    if (job !== undefined && !job.isOver) this.#end(job, "CANCELLED");
    this.#schedule();
  }

  job(id: number): SlurmJob | undefined {
    const job = this.#jobs.get(id);
    return job && this.#view(job);
  }

  /** Those that are not over. */
  jobs(): SlurmJob[] {
    return [...this.#jobs.values()].filter((job) => !job.isOver).map((job) => this.#view(job));
  }

  nodes(): SlurmNode[] {
    return [...this.#nodes.values()].map((node) => node.view());
  }

  node(name: string): SlurmNode {
    return this.#node(name).view();
  }

  partitions(): SlurmPartition[] {
    return this.#partitions.map(({ name, nodes, state }) => ({
      name,
      state,
      nodes: compressHostList(nodes),
    }));
  }

  updateNodes(names: readonly string[], update: NodeUpdate): void {
    const needsReason = update.state === "DOWN" || update.state === "DRAIN";
    if (needsReason && !update.reason) throw refused("you must specify a reason");
    for (const name of names) this.#update(name, update);
    this.#schedule();
  }

  updatePartition(name: string, state: "UP" | "INACTIVE"): void {
    const partition = this.#partitions.find((one) => one.name === name);
    if (partition === undefined) throw refused("invalid partition name specified");
    partition.state = state;
    this.#schedule();
  }

  register(name: string, options: RegisterOptions = {}): boolean {
    const node = this.#node(name);
    const now = this.#now();
    const bootTime = options.bootTime?.getTime() ?? now;
    if (node.has("POWERED_DOWN", "POWERING_DOWN")) return false;
    const expected = node.has("POWERING_UP");
    if (expected && bootTime < node.bootRequestedAt) return false;
    const wasSilentSince = node.silentSince;
    const rebooted = !expected && node.bootTime !== undefined && bootTime > node.bootTime;
    node.clear("POWERING_UP", "NOT_RESPONDING");
    node.silentSince = undefined;
    node.bootTime = bootTime;
    node.slurmdStartTime = now;
    node.address = options.address ?? node.address;
    if (rebooted) {
      this.#setDown(node, node.reason ?? "Node unexpectedly rebooted", "slurm");
    } else if (node.down && wasSilentSince !== undefined && node.reason === "Not responding") {
      node.down = false;
    }
    if (!node.down && !node.has("DRAIN")) node.clearReason();
    if (expected) node.lastBusy = now;
    this.#schedule();
    return true;
  }

  loseNode(name: string): void {
    const node = this.#node(name);
    if (node.isUp) node.silentSince ??= this.#now();
  }

  #view(job: FakeJob): SlurmJob {
    this.#isCleaning(job);
    return job.view();
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  #node(name: string): FakeNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`the fake knows no node '${name}'`);
    return node;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#clock.sleep(TICK_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#tick();
    }
  }

  #tick(): void {
    const now = this.#now();
    this.#endFinishedJobs(now);
    this.#watchSilentNodes(now);
    this.#powerWork(now);
    this.#schedule();
    if (now - this.#lastPeriodic >= PERIODIC_MS) {
      this.#lastPeriodic = now;
      for (const job of this.#jobs.values()) if (!job.prologRunning) this.#startIfReady(job);
    }
  }

  #endFinishedJobs(now: number): void {
    for (const job of this.#jobs.values()) {
      const { runSeconds } = job.options;
      if (job.state !== "RUNNING" || runSeconds === undefined) continue;
      if (now >= (job.startedAt ?? now) + runSeconds * 1000) this.#end(job, "COMPLETED");
    }
  }

  #watchSilentNodes(now: number): void {
    const limit = this.#options.slurmdTimeout * 1000;
    for (const node of this.#nodes.values()) {
      if (node.silentSince === undefined || node.down) continue;
      const silence = now - node.silentSince;
      if (silence >= limit / 2) node.flags.add("NOT_RESPONDING");
      if (silence >= limit) this.#setDown(node, "Not responding", "slurm");
    }
  }

  /** The pass of slurmctld's power-save thread, in its order. */
  #powerWork(now: number): void {
    this.#wake(now);
    const { suspendTime, suspendTimeout, resumeTimeout } = this.#options;
    const suspended: FakeNode[] = [];
    const failed: FakeNode[] = [];
    for (const node of this.#nodes.values()) {
      if (this.#mustSuspend(node, now - suspendTime * 1000)) {
        this.#startSuspend(node, now);
        suspended.push(node);
      }
      if (node.has("POWERING_DOWN") && node.powerDownAt + suspendTimeout * 1000 < now) {
        node.clear("POWERING_DOWN");
        node.flags.add("POWERED_DOWN");
        node.address = node.name;
        node.lastBusy = 0;
        node.bootTime = undefined;
        node.slurmdStartTime = undefined;
      }
      if (node.has("POWERING_UP") && now > node.bootRequestedAt + resumeTimeout * 1000) {
        node.clear("DRAIN", "POWER_DOWN", "POWERING_UP", "NOT_RESPONDING");
        node.flags.add("POWERED_DOWN");
        this.#setDown(node, "ResumeTimeout reached", "slurm");
        node.lastBusy = 0;
        failed.push(node);
      }
    }
    if (suspended.length > 0) this.hooks.onSuspend?.(suspended.map((node) => node.name));
    if (failed.length > 0) this.hooks.onResumeFail?.(failed.map((node) => node.name));
  }

  #wake(now: number): void {
    const woken = [...this.#nodes.values()].filter(
      (node) => node.has("POWERED_DOWN") && (node.powerUpAsked || node.jobId !== undefined),
    );
    if (woken.length === 0) return;
    for (const node of woken) {
      node.powerUpAsked = false;
      node.clear("POWERED_DOWN");
      node.flags.add("POWERING_UP").add("NOT_RESPONDING");
      node.bootRequestedAt = now;
    }
    const names = new Set(woken.map((node) => node.name));
    const jobs = [...this.#jobs.values()].filter(
      (job) => job.state === "CONFIGURING" && job.nodes.some((name) => names.has(name)),
    );
    this.hooks.onResume?.({
      all_nodes_resume: compressHostList(names),
      jobs: jobs.map((job) => ({
        job_id: job.id,
        partition: job.partition,
        nodes_alloc: compressHostList(job.nodes),
        nodes_resume: compressHostList(job.nodes.filter((name) => names.has(name))),
        oversubscribe: "NO",
        features: null,
        reservation: null,
        extra: null,
      })),
    });
  }

  #mustSuspend(node: FakeNode, idleSince: number): boolean {
    if (node.jobId !== undefined || node.has("POWERING_UP", "POWERING_DOWN")) return false;
    // Also for one that is powered down already: it is suspended once more.
    if (node.has("POWER_DOWN")) return true;
    if (node.has("POWERED_DOWN")) return false;
    // SuspendExcStates=DOWN,DRAIN
    if (node.isStatic || node.down || node.has("DRAIN")) return false;
    return node.lastBusy !== 0 && node.lastBusy < idleSince;
  }

  #startSuspend(node: FakeNode, now: number): void {
    node.clear("POWER_DOWN", "POWERED_DOWN", "NOT_RESPONDING", "DRAIN");
    node.flags.add("POWERING_DOWN");
    node.powerDownAt = now;
    node.silentSince = undefined;
    // idle_on_node_suspend
    node.down = false;
  }

  #schedule(): void {
    const now = this.#now();
    for (const job of this.#jobs.values()) {
      if (job.state !== "PENDING" || this.#isCleaning(job) || job.eligibleAt > now) continue;
      const partition = this.#partitions.find(({ name }) => name === job.partition);
      if (partition?.state !== "UP") {
        job.reason = "PartitionInactive";
        continue;
      }
      const free = partition.nodes.map((name) => this.#node(name)).filter((n) => n.isAllocatable);
      free.sort((a, b) => cost(a) - cost(b));
      const chosen = free.slice(0, job.wanted);
      if (chosen.length < job.wanted) job.reason = "Resources";
      else this.#allocate(job, chosen);
    }
  }

  #allocate(job: FakeJob, nodes: readonly FakeNode[]): void {
    job.state = "CONFIGURING";
    job.reason = "None";
    job.nodes = nodes.map((node) => node.name);
    job.startedAt = this.#now();
    for (const node of nodes) node.jobId = job.id;
    const prolog = this.hooks.onPrologSlurmctld;
    if (prolog === undefined) {
      if (nodes.every((node) => node.isReady)) this.#startIfReady(job);
      return;
    }
    job.prologRunning = true;
    const allocation = job.restarts;
    void prolog(this.#view(job))
      .catch(() => false)
      .then((ok) => this.#prologEnded(job, allocation, ok));
  }

  #prologEnded(job: FakeJob, allocation: number, ok: boolean): void {
    job.prologRunning = false;
    if (job.state === "CONFIGURING" && job.restarts === allocation) {
      if (ok) this.#startIfReady(job);
      else if (job.canRequeue) this.#requeue(job, "by-prolog");
      else this.#end(job, "CANCELLED");
    }
    this.#schedule();
  }

  #startIfReady(job: FakeJob): void {
    if (job.state !== "CONFIGURING") return;
    if (!job.nodes.every((name) => this.#node(name).isReady)) return;
    job.state = "RUNNING";
    job.startedAt = this.#now();
  }

  #release(job: FakeJob): void {
    for (const name of job.nodes) {
      const node = this.#node(name);
      if (node.jobId !== job.id) continue;
      node.jobId = undefined;
      node.lastBusy = this.#now();
    }
  }

  #end(job: FakeJob, state: "COMPLETED" | "CANCELLED" | "NODE_FAIL"): void {
    this.#release(job);
    job.state = state;
    job.endedAt = this.#now();
  }

  /** The nodes of a job that was taken out of CONFIGURING must be asked to end it, and answer. */
  #isCleaning(job: FakeJob): boolean {
    job.cleaningNodes = job.cleaningNodes.filter((name) => {
      const node = this.#node(name);
      return node.has("POWERING_UP") && !node.down;
    });
    return job.isCleaning;
  }

  #requeue(job: FakeJob, how: "by-prolog" | "from-outside"): void {
    job.cleaningNodes = how === "from-outside" && job.state === "CONFIGURING" ? job.nodes : [];
    this.#release(job);
    job.state = "PENDING";
    job.reason = "BeginTime";
    job.nodes = [];
    job.restarts++;
    job.submittedAt = this.#now();
    job.startedAt = undefined;
    job.eligibleAt = this.#now() + (this.#options.credExpire + 1) * 1000;
  }

  #setDown(node: FakeNode, reason: string, user: string): void {
    node.down = true;
    node.setReason(reason, user);
    this.#loseJob(node);
  }

  #loseJob(node: FakeNode): void {
    const job = node.jobId === undefined ? undefined : this.#jobs.get(node.jobId);
    if (job === undefined) return;
    if (job.canRequeue) this.#requeue(job, "from-outside");
    else this.#end(job, "NODE_FAIL");
  }

  #update(name: string, update: NodeUpdate): void {
    const node = this.#nodes.get(name);
    if (node === undefined) throw refused("slurm_update error: Invalid node name specified");
    const { state, reason, address } = update;
    if (address !== undefined) node.address = address;
    if (reason !== undefined) node.setReason(reason, "root");
    switch (state) {
      case undefined:
        break;
      case "DOWN":
        this.#setDown(node, reason ?? "", "root");
        break;
      case "DRAIN":
        node.flags.add("DRAIN");
        break;
      case "UNDRAIN":
        node.clear("DRAIN");
        break;
      case "RESUME":
        if (!node.down && !node.has("DRAIN")) {
          throw refused("slurm_update error: Invalid node state specified");
        }
        node.down = false;
        node.clear("DRAIN");
        if (node.isUp) node.clearReason();
        break;
      case "POWER_UP":
        if (node.has("POWERED_DOWN")) node.powerUpAsked = true;
        else if (node.has("POWERING_UP")) {
          // slurmctld runs ResumeProgram for it once more.
          node.powerUpAsked = true;
          node.flags.add("POWERED_DOWN");
          node.clear("POWERING_UP");
        }
        break;
      case "POWER_DOWN":
      case "POWER_DOWN_ASAP":
      case "POWER_DOWN_FORCE":
        this.#askPowerDown(node, state);
        break;
      default:
        throw new Error(`unknown node state ${state satisfies never}`);
    }
  }

  #askPowerDown(node: FakeNode, state: NonNullable<NodeUpdate["state"]>): void {
    if (node.has("POWERING_DOWN")) return;
    if (state === "POWER_DOWN_FORCE") this.#loseJob(node);
    if (state === "POWER_DOWN_ASAP" && node.jobId !== undefined) node.flags.add("DRAIN");
    // Otherwise a node that is on its way up first arrives, and is powered down then.
    if (state === "POWER_DOWN_FORCE" || node.down) node.clear("POWERING_UP");
    node.powerUpAsked = false;
    node.flags.add("POWER_DOWN");
  }

  /** `scontrol requeue` and `StartTime=now`. */
  requeue(jobId: number): void {
    const job = this.#jobs.get(jobId);
    if (job === undefined || !job.holdsNodes) return;
    if (!job.canRequeue) throw refused("requested operation is presently disabled");
    this.#requeue(job, "from-outside");
    this.makeEligible(jobId);
  }

  makeEligible(jobId: number): void {
    const job = this.#jobs.get(jobId);
    if (job?.state !== "PENDING") return;
    job.eligibleAt = this.#now();
    job.reason = "None";
    this.#schedule();
  }
}

/** Slurm fills static nodes first (Weight), then those that are up, then those on their way. */
function cost(node: FakeNode): number {
  return (node.isStatic ? 0 : 10) + (node.isUp ? 0 : node.has("POWERING_UP") ? 1 : 2);
}

export function refused(message: string): SluiceError {
  return new SluiceError("SLURM_REFUSED", "system", message);
}
