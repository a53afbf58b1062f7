import { type Clock, SluiceError } from "@sluice/model";
import type {
  JobRun,
  JobSignal,
  NodeUpdate,
  SlurmJob,
  SlurmNode,
  SlurmPartition,
  SlurmReservation,
} from "../control.ts";
import { compressHostList, expandHostList } from "../host-list.ts";
import { FakeJob, type OverState, type SubmitOptions } from "./fake-job.ts";
import { FakeNode } from "./fake-node.ts";
import type {
  FakeConf,
  FakeSlurmHooks,
  FakeSlurmOptions,
  ReceivedSignal,
  RegisterOptions,
} from "./fake-options.ts";
import { powerWork } from "./fake-power.ts";
import { FakeReservations } from "./fake-reservations.ts";

/** slurmctld's own checks come this often. */
const TICK_MS = 1000;
const PERIODIC_MS = 30_000;
/** How long it was up when a test begins. */
const UP_BEFORE_MS = 3600_000;
/** The state of nodes is written at least this often. */
const CHECKPOINT_MS = 300_000;
/** That of jobs is written this late: what is younger is lost with the process. */
const SAVE_WINDOW_MS = 5000;
/** So long after its start, and after slurmctld's, a batch job that its node does not run is lost. */
const BELIEVED_MS = 20_000;
/** How long nodes take to end a job that is requeued. */
const COMPLETING_MS = 50;

/** The records and the rules of slurmctld; `FakeSlurm` is how tests speak to it. */
export class FakeSlurmctld implements Disposable {
  readonly hooks: FakeSlurmHooks;
  readonly #options: Required<
    Pick<FakeSlurmOptions, "suspendTimeout" | "resumeTimeout" | "slurmdTimeout" | "credExpire">
  >;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, FakeNode>();
  #partitions: { name: string; nodes: readonly string[]; state: string }[] = [];
  readonly #jobs = new Map<number, FakeJob>();
  readonly #reservations = new FakeReservations();
  readonly signals: ReceivedSignal[] = [];
  /** What slurmdbd has: the last run of each job. */
  readonly #runs = new Map<number, JobRun>();
  #startedAt: number;
  #savedUp: ReadonlySet<string> = new Set();
  #savedAt: number;
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
      ...(options.onStarted && { onStarted: options.onStarted }),
    };
    this.#options = {
      suspendTimeout: options.suspendTimeout ?? 60,
      resumeTimeout: options.resumeTimeout ?? 600,
      slurmdTimeout: options.slurmdTimeout ?? 180,
      credExpire: options.credExpire ?? 30,
    };
    this.#read(options);
    this.#lastPeriodic = this.#now();
    this.#startedAt = this.#now() - UP_BEFORE_MS;
    this.#savedAt = this.#now();
    void this.#run();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  /** It reads another slurm.conf: nodes and partitions that it had stay as they are. */
  reconfigure(conf: FakeConf): void {
    this.#read(conf);
    this.#schedule();
  }

  #read({ partitions, staticNodes = "", suspendTime = 600 }: FakeConf): void {
    const fixed = new Set(expandHostList(staticNodes));
    const before = new Map(this.#partitions.map(({ name, state }) => [name, state]));
    this.#partitions = partitions.map(({ name, nodes }) => ({
      name,
      nodes: expandHostList(nodes),
      state: before.get(name) ?? "UP",
    }));
    const names = new Set(this.#partitions.flatMap((partition) => partition.nodes));
    for (const name of this.#nodes.keys()) if (!names.has(name)) this.#nodes.delete(name);
    for (const name of names) {
      if (this.#nodes.has(name)) continue;
      const of = this.#partitions.filter((p) => p.nodes.includes(name)).map((p) => p.name);
      const own = partitions
        .filter((p) => of.includes(p.name) && p.suspendTime !== undefined)
        .map((p) => (p.suspendTime === "never" ? Infinity : (p.suspendTime ?? 0)));
      const seconds = own.length > 0 ? Math.max(...own) : suspendTime;
      const isStatic = fixed.has(name);
      const suspendAfter = seconds * 1000;
      this.#nodes.set(name, new FakeNode({ name, partitions: of, isStatic, suspendAfter }));
    }
  }

  submit(options: SubmitOptions = {}): number {
    const partition = options.partition ?? this.#partitions[0]?.name ?? "";
    const found = this.#partitions.find(({ name }) => name === partition);
    if (found === undefined) throw refused(`invalid partition specified: ${partition}`);
    if (found.state === "DRAIN")
      throw refused("Required partition not available (inactive or drain)");
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
    return [...this.#nodes.keys()].map((name) => this.node(name));
  }

  node(name: string): SlurmNode {
    return this.#node(name).view(this.#reservations.flagsOf(name, this.#now()));
  }

  partitions(): SlurmPartition[] {
    return this.#partitions.map(({ name, nodes, state }) => ({
      name,
      state,
      nodes: compressHostList(nodes),
    }));
  }

  reservations(): SlurmReservation[] {
    return this.#reservations.list(this.#now());
  }

  setReservations(reservations: readonly SlurmReservation[]): void {
    this.#reservations.set(reservations);
    this.#schedule();
  }

  jobSignal(jobId: number): JobSignal | undefined {
    return this.#jobs.get(jobId)?.options.signal;
  }

  signalJob(jobId: number, { signal, batchOnly }: Pick<JobSignal, "signal" | "batchOnly">): void {
    const job = this.#jobs.get(jobId);
    if (job?.state !== "RUNNING") return;
    this.signals.push({ jobId, signal, batchOnly, at: this.#clock.now() });
    const { signal: handled, checkpointSeconds } = job.options;
    if (handled?.signal !== signal || handled.batchOnly !== batchOnly) {
      this.#end(job, "FAILED");
      this.#schedule();
    } else if (checkpointSeconds !== undefined) {
      job.checkpointAt ??= this.#now() + checkpointSeconds * 1000;
    }
  }

  updateNodes(names: readonly string[], update: NodeUpdate): void {
    const needsReason = update.state === "DOWN" || update.state === "DRAIN";
    if (needsReason && !update.reason) throw refused("you must specify a reason");
    for (const name of names) this.#update(name, update);
    this.saveNodes();
    this.#schedule();
  }

  updatePartition(name: string, state: "UP" | "DRAIN" | "INACTIVE"): void {
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
    if (bootTime !== node.bootTime) {
      for (const job of this.#jobs.values()) job.rememberedBy.delete(name);
    }
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

  /** What slurmctld sent to the job's node did not arrive. */
  loseLaunch(jobId: number): void {
    const job = this.#jobs.get(jobId);
    if (job?.state === "RUNNING") job.isLost = true;
  }

  /** It is killed with -9, and systemd starts it again. */
  crash(): void {
    const now = this.#now();
    for (const job of this.#jobs.values()) {
      const isUnsaved = job.endedAt !== undefined && now - job.endedAt < SAVE_WINDOW_MS;
      if (!isUnsaved || job.state === "NODE_FAIL") continue;
      const nodes = job.nodes.map((name) => this.#node(name));
      if (!nodes.every((node) => node.isReady && node.jobId === undefined)) continue;
      job.state = "RUNNING";
      job.endedAt = undefined;
      job.isGhost = true;
      for (const node of nodes) node.jobId = job.id;
    }
    for (const node of this.#nodes.values()) {
      if (!node.isUp || this.#savedUp.has(node.name)) continue;
      node.flags.add("POWERED_DOWN");
      node.lastBusy = 0;
    }
    this.#startedAt = now;
    this.hooks.onStarted?.();
    for (const job of this.#jobs.values()) {
      if (job.state !== "RUNNING" || job.isGhost) continue;
      if (now - (job.startedAt ?? now) >= SAVE_WINDOW_MS) continue;
      job.state = "CONFIGURING";
      if (!job.isLost) for (const name of job.nodes) job.rememberedBy.add(name);
      this.#askProlog(job);
    }
  }

  /** The state of nodes is written when one is updated, and else now and then. */
  saveNodes(): void {
    this.#savedUp = new Set(
      this.nodes().flatMap(({ name }) => (this.#node(name).isUp ? name : [])),
    );
    this.#savedAt = this.#now();
  }

  startedAt(): Date {
    return wholeSeconds(this.#startedAt);
  }

  runs(jobIds: readonly number[]): JobRun[] {
    return jobIds.flatMap((id) => this.#runs.get(id) ?? []);
  }

  #record(job: FakeJob, state: string): void {
    if (job.startedAt === undefined) return;
    const isOver = state !== "RUNNING";
    this.#runs.set(job.id, {
      jobId: job.id,
      state,
      start: wholeSeconds(job.startedAt),
      end: isOver ? wholeSeconds(this.#now()) : undefined,
    });
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
    for (const job of this.#jobs.values()) this.#endCompleting(job);
    powerWork({
      now,
      nodes: [...this.#nodes.values()],
      jobs: [...this.#jobs.values()],
      timeouts: this.#options,
      hooks: this.hooks,
      setDown: (node, reason) => this.#setDown(node, reason, "slurm"),
    });
    this.#schedule();
    if (now - this.#savedAt >= CHECKPOINT_MS) this.saveNodes();
    if (now - this.#lastPeriodic >= PERIODIC_MS) {
      this.#lastPeriodic = now;
      for (const job of this.#jobs.values()) if (!job.prologRunning) this.#startIfReady(job);
    }
  }

  #endFinishedJobs(now: number): void {
    for (const job of this.#jobs.values()) {
      if (job.state === "RUNNING" && job.isDone(now)) this.#end(job, "COMPLETED");
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

  #schedule(): void {
    const now = this.#now();
    for (const job of this.#jobs.values()) {
      if (job.state !== "PENDING" || this.#isCleaning(job) || job.eligibleAt > now) continue;
      const partition = this.#partitions.find(({ name }) => name === job.partition);
      if (partition?.state !== "UP" && partition?.state !== "DRAIN") {
        job.reason = "PartitionInactive";
        continue;
      }
      const { reservation } = job.options;
      const open = partition.nodes.filter((n) => this.#reservations.admits(n, reservation, now));
      const free = open.map((name) => this.#node(name)).filter((node) => node.isAllocatable);
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
    job.checkpointAt = undefined;
    for (const node of nodes) node.jobId = job.id;
    this.#askProlog(job);
  }

  #askProlog(job: FakeJob): void {
    const prolog = this.hooks.onPrologSlurmctld;
    if (prolog === undefined) {
      if (job.nodes.every((name) => this.#node(name).isReady)) this.#startIfReady(job);
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
    const refusing = job.nodes.filter((name) => job.rememberedBy.has(name));
    for (const name of refusing) {
      this.#node(name).flags.add("DRAIN");
      this.#node(name).setReason("Duplicate jobid", "slurm");
    }
    if (refusing.length > 0) {
      this.#requeue(job, "by-prolog");
      return;
    }
    if (job.isRevoked(this.#now())) {
      this.#end(job, "FAILED");
      return;
    }
    job.state = "RUNNING";
    job.startedAt = this.#now();
    job.isGhost = false;
    job.isLost = false;
    this.#record(job, job.state);
  }

  #release(job: FakeJob): void {
    for (const name of job.nodes) {
      const node = this.#node(name);
      if (node.jobId === job.id) node.release(this.#now());
    }
  }

  #end(job: FakeJob, state: OverState): void {
    this.#release(job);
    job.state = state;
    job.endedAt = this.#now();
    this.#record(job, state);
  }

  /** A running job that is requeued keeps its nodes until each of them has ended it. */
  async #complete(job: FakeJob): Promise<void> {
    job.state = "COMPLETING";
    for (const name of job.nodes) this.#node(name).flags.add("COMPLETING");
    await this.#clock.sleep(COMPLETING_MS, this.#stop.signal);
    this.#endCompleting(job);
    this.#schedule();
  }

  #endCompleting(job: FakeJob): void {
    if (job.state !== "COMPLETING") return;
    const held = job.nodes.map((name) => this.#node(name)).filter((n) => n.jobId === job.id);
    if (held.every((node) => node.silentSince === undefined)) this.#requeue(job, "by-prolog");
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
    job.revoke(this.#now());
    this.#record(job, "REQUEUED");
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
    if (job.state === "COMPLETING") {
      node.release(this.#now());
      this.#endCompleting(job);
    } else if (job.canRequeue) this.#requeue(job, "from-outside");
    else this.#end(job, "NODE_FAIL");
  }

  /** The node is asked what it runs. slurmctld has read its state when it began. */
  #endLost(node: FakeNode): void {
    const job = node.jobId === undefined ? undefined : this.#jobs.get(node.jobId);
    if (job === undefined || !(job.isLost || job.isGhost) || node.silentSince !== undefined) return;
    const since = Math.max(job.startedAt ?? 0, this.#startedAt);
    if (this.#now() - since > BELIEVED_MS) this.#loseJob(node);
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
        this.#endLost(node);
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

  /** `scontrol requeue`. */
  requeue(jobId: number): void {
    const job = this.#jobs.get(jobId);
    if (job === undefined || !job.holdsNodes) return;
    if (!job.canRequeue) throw refused("requested operation is presently disabled");
    if (job.state === "RUNNING") {
      void this.#complete(job);
      return;
    }
    this.#requeue(job, "from-outside");
  }

  makeEligible(jobId: number, at?: Date): void {
    const job = this.#jobs.get(jobId);
    if (job?.state !== "PENDING") return;
    job.eligibleAt = at?.getTime() ?? this.#now();
    job.reason = job.eligibleAt > this.#now() ? "BeginTime" : "None";
    this.#schedule();
  }
}

/** Slurm fills static nodes first (Weight), then those that are up, then those on their way. */
function cost(node: FakeNode): number {
  return (node.isStatic ? 0 : 10) + (node.isUp ? 0 : node.has("POWERING_UP") ? 1 : 2);
}

/** As Slurm tells times. */
function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}

export function refused(message: string): SluiceError {
  return new SluiceError("SLURM_REFUSED", "system", message);
}
