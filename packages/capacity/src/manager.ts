import type { Machine } from "@sluice/cloud";
import { type Explanation, messageOf } from "@sluice/model";
import type { SlurmNode } from "@sluice/slurm";
import { apply } from "./act/apply.ts";
import { Launcher } from "./act/launcher.ts";
import { Parker } from "./act/parker.ts";
import { Recorder } from "./act/recorder.ts";
import { Returner } from "./act/returner.ts";
import { Terminator } from "./act/terminator.ts";
import { withTimeout } from "./act/timeout.ts";
import type {
  AwaitedJob,
  ExplainSubject,
  FleetCensus,
  JobVerdict,
  NodeManager,
  NodeManagerDeps,
  ResumeRequest,
} from "./contract.ts";
import { ControllerWatch } from "./controller-watch.ts";
import { explain } from "./explain/explain.ts";
import { HookQueue } from "./hook-queue.ts";
import { JobGate } from "./job-gate.ts";
import { NoticeTaker } from "./observe/notice-taker.ts";
import { Observer } from "./observe/observer.ts";
import { Peaks } from "./observe/peaks.ts";
import type { Snapshot } from "./observe/snapshot.ts";
import { isLively, nextDeadline } from "./plan/deadline.ts";
import { plan } from "./plan/plan.ts";
import { isForgotten } from "./plan/refusals.ts";
import { type CapacityPolicy, DEFAULT_POLICY } from "./policy.ts";
import { indexPools, type Pools } from "./pools.ts";
import { toCensus, toFleetView, toNodeViews } from "./views.ts";
import { Waker } from "./waker.ts";

const RETRY_FIRST_MILLISECONDS = 250;
const EVENTS_TO_EXPLAIN_FROM = 5000;
const NO_NEWS = { resumed: new Set<string>(), suspended: new Set<string>() };
/** News of the cloud comes in bursts, and every pass reads all nodes. Hooks do not wait for this. */
const BREATH_MILLISECONDS = 200;

/** Without a way to stop machines none are kept stopped; those that were go. */
function warmPolicies({ warm = new Map(), standby }: NodeManagerDeps) {
  if (standby !== undefined) return warm;
  return new Map([...warm].map(([queue, policy]) => [queue, { ...policy, stopped: 0 }]));
}

/** One node manager for one cluster. Nothing happens before `run`. */
export function createNodeManager(deps: NodeManagerDeps): NodeManager {
  return new Manager(deps);
}

class Manager implements NodeManager {
  readonly #deps: NodeManagerDeps;
  readonly #policy: CapacityPolicy;
  readonly #pools: Pools;
  readonly #queue: HookQueue;
  readonly #waker: Waker;
  readonly #gate: JobGate;
  readonly #observer: Observer;
  readonly #peaks: Peaks;
  readonly #notices: NoticeTaker;
  readonly #recorder: Recorder;
  readonly #launcher: Launcher;
  readonly #terminator: Terminator;
  readonly #parker: Parker;
  readonly #returner: Returner;
  readonly #controller: ControllerWatch;
  #nodes: readonly SlurmNode[] = [];
  #machines: readonly Machine[] = [];
  #last: Snapshot | undefined;
  /** Passes in a row that changed something, and that failed. */
  #changing = 0;
  #failing = 0;
  readonly #poweredUp = new Map<string, number>();
  /** Something came that can't wait for a breath. */
  #urgent = false;

  constructor(deps: NodeManagerDeps) {
    const { clock, store, log } = deps;
    this.#deps = deps;
    // A fleet that was never asked anything runs since its node manager first did.
    const fleet = store.fleet();
    if (fleet.updatedAt.getTime() === 0) store.saveFleet({ ...fleet, updatedAt: clock.now() });
    this.#policy = { ...DEFAULT_POLICY, ...deps.policy };
    this.#pools = indexPools(deps.pools, warmPolicies(deps));
    this.#queue = new HookQueue();
    this.#waker = new Waker(clock);
    this.#returner = new Returner(deps);
    this.#gate = new JobGate({
      ...deps,
      launchableAt: (jobId) => this.#returner.launchableAt(jobId),
    });
    this.#observer = new Observer(deps, this.#policy, this.#pools);
    this.#peaks = new Peaks(store);
    this.#recorder = new Recorder(clock, store, log, deps.meter);
    this.#notices = new NoticeTaker({
      clock,
      store,
      recorder: this.#recorder,
      machines: () => this.#machines,
      onNews: () => this.#urge(),
    });
    const wake = () => this.#waker.wake();
    this.#launcher = new Launcher(deps, this.#policy, this.#pools, this.#recorder, (now) => {
      if (now === "now") this.#urgent = true;
      wake();
    });
    this.#terminator = new Terminator(deps, this.#policy, this.#recorder);
    this.#parker = new Parker(deps, this.#policy, this.#recorder, wake);
    this.#controller = new ControllerWatch({
      ...deps,
      gate: this.#gate,
      recorder: this.#recorder,
      returner: this.#returner,
      settleSeconds: this.#policy.settleSeconds,
    });
  }

  resume(request: ResumeRequest): void {
    this.#deps.meter?.resumed(request.nodes);
    this.#queue.resume(request);
    this.#hooked();
  }

  suspend(nodes: readonly string[]): void {
    const named = new Set(nodes);
    const intents = this.#deps.store.intents().filter((intent) => named.has(intent.node));
    this.#queue.suspend(intents.map((intent) => intent.token));
    this.#hooked();
  }

  awaitJob(job: AwaitedJob, signal: AbortSignal): Promise<JobVerdict> {
    if (this.#policy.launchAtAllocation) this.#hooked();
    return this.#gate.await(job, signal);
  }

  joined(machineId: string, node: string): void {
    this.#recorder.add("joined", "machine fetched its configuration", { node, machineId });
    this.#gate.hint();
  }

  controllerStarted(): void {
    this.#controller.started();
    this.#hooked();
  }

  fleetStatus() {
    return this.#deps.store.fleet().status;
  }

  requestStart(): void {
    this.#request("START_REQUESTED");
  }

  requestStop(): void {
    this.#request("STOP_REQUESTED");
  }

  async nodeViews() {
    const nodes = await this.#deps.slurm.nodes().catch(() => this.#nodes);
    return toNodeViews(nodes, this.#machines, this.#pools);
  }

  async fleetView() {
    const { slurm, store, clock } = this.#deps;
    const [nodes, partitions] = await Promise.all([
      slurm.nodes().catch(() => this.#nodes),
      slurm.partitions().catch(() => []),
    ]);
    return toFleetView({
      now: clock.now(),
      pools: this.#pools,
      policy: this.#policy,
      menu: this.#last?.menu ?? new Map(),
      fleet: store.fleet(),
      partitions,
      nodes,
      machines: this.#machines,
      unavailable: store.unavailable(),
      health: store.health(),
    });
  }

  events({ after = 0, limit = 100 }: { readonly after?: number; readonly limit?: number } = {}) {
    this.#recorder.flush();
    return this.#deps.store.events(after, limit);
  }

  explain(subject: ExplainSubject): Promise<Explanation> {
    const { slurm, clock } = this.#deps;
    return explain(subject, {
      clock,
      slurm,
      look: (signal) =>
        this.#observer.observe(() => this.#context(NO_NEWS), signal, { withJobs: true }),
      last: this.#last,
      events: this.events({ limit: EVENTS_TO_EXPLAIN_FROM }),
    });
  }

  census(): FleetCensus {
    return toCensus(this.#last);
  }

  async run(signal: AbortSignal): Promise<void> {
    const watching = [
      this.#watchChanges(signal),
      this.#watchInterruptions(signal),
      this.#controller.run(signal),
    ];
    this.#returner.start(signal);
    while (!signal.aborted) {
      const pause = await this.#pass(signal);
      const ended = this.#deps.clock.now().getTime();
      await this.#waker.sleep(pause, signal);
      await this.#breathe(ended + BREATH_MILLISECONDS, signal);
      await this.#gather(signal);
    }
    await this.#gate.close();
    await Promise.all([
      ...watching,
      this.#launcher.settled(),
      this.#terminator.settled(),
      this.#parker.settled(),
      this.#returner.settled(),
    ]);
    this.#notices.flush();
    this.#recorder.flush();
  }

  #request(status: "START_REQUESTED" | "STOP_REQUESTED"): void {
    this.#deps.store.saveFleet({ status, updatedAt: this.#deps.clock.now() });
    this.#recorder.add("fleet", status);
    this.#waker.wake();
  }

  /** A pass begins now, without the breath between two. */
  #urge(): void {
    this.#urgent = true;
    this.#changing = 0;
    this.#waker.wake();
  }

  #hooked(): void {
    this.#changing = 0;
    this.#waker.wake();
  }

  async #breathe(end: number, signal: AbortSignal): Promise<void> {
    while (!this.#queue.hasNews && !this.#urgent && !signal.aborted) {
      const left = end - this.#deps.clock.now().getTime();
      if (left <= 0) return;
      await this.#waker.sleep(left, signal);
    }
  }

  /** Lets a burst of hook calls end, so that one pass sees all of it. */
  async #gather(signal: AbortSignal): Promise<void> {
    const { gatherIdleMilliseconds, gatherMaxMilliseconds } = this.#policy;
    const { clock } = this.#deps;
    const end = clock.now().getTime() + gatherMaxMilliseconds;
    while (this.#queue.hasNews && !signal.aborted) {
      const left = end - clock.now().getTime();
      if (left <= 0) return;
      if (!(await this.#waker.sleep(Math.min(gatherIdleMilliseconds, left), signal))) return;
    }
  }

  /** @returns milliseconds until the next pass, unless something happens before. */
  async #pass(signal: AbortSignal): Promise<number> {
    const { clock } = this.#deps;
    const began = clock.now().getTime();
    const taken = this.#queue.take();
    this.#urgent = false;
    try {
      this.#notices.flush();
      const snapshot = await withTimeout(clock, this.#policy.callTimeoutSeconds, signal, (within) =>
        this.#observer.observe(() => this.#context(taken), within),
      );
      this.#last = snapshot;
      this.#nodes = snapshot.nodes;
      this.#machines = snapshot.machines;
      this.#peaks.take(snapshot);
      const actions = plan(snapshot);
      await apply(actions, snapshot, this.#deps, this.#actors(), signal);
      this.#queue.forgetSettled(snapshot.nodes);
      this.#forgetOld();
      this.#recorder.flush();
      this.#failing = 0;
      this.#measurePass(began, true);
      this.#changing = actions.length > 0 ? this.#changing + 1 : 0;
      return this.#pauseAfter(snapshot);
    } catch (error) {
      this.#queue.putBack(taken);
      if (signal.aborted) return 0;
      this.#failing += 1;
      this.#measurePass(began, false);
      this.#deps.log.warn({ error: messageOf(error), failing: this.#failing }, "pass failed");
      return Math.min(
        RETRY_FIRST_MILLISECONDS * 2 ** Math.min(this.#failing - 1, 10),
        this.#policy.passIntervalSeconds * 1000,
      );
    }
  }

  #context({ resumed, suspended }: Pick<Snapshot, "resumed" | "suspended">) {
    return {
      demands: [...this.#queue.demands(), ...this.#gate.demands()],
      inFlight: new Set(this.#launcher.inFlight),
      queued: new Set(this.#launcher.queued),
      returns: this.#returner.returns(),
      resumed,
      suspended,
    };
  }

  #measurePass(began: number, ok: boolean): void {
    const { clock, meter } = this.#deps;
    meter?.passed((clock.now().getTime() - began) / 1000, ok);
  }

  #actors() {
    return {
      launcher: this.#launcher,
      terminator: this.#terminator,
      parker: this.#parker,
      returner: this.#returner,
      gate: this.#gate,
      recorder: this.#recorder,
      poweredUp: this.#poweredUp,
    };
  }

  #pauseAfter(snapshot: Snapshot): number {
    const { passIntervalSeconds, restIntervalSeconds } = this.#policy;
    const rest = isLively(snapshot) ? passIntervalSeconds : restIntervalSeconds;
    const { store, clock } = this.#deps;
    const now = clock.now();
    const deadline = nextDeadline({
      ...snapshot,
      now,
      intents: store.intents(),
      unavailable: store.unavailable(),
      health: store.health(),
      notices: store.notices(),
    });
    const pauses = [rest * 1000];
    if (deadline !== undefined) pauses.push(Math.max(1, deadline.getTime() - now.getTime()));
    // What was changed is looked at again soon, and ever later when it does not stick.
    if (this.#changing > 0) pauses.push(100 * 2 ** Math.min(this.#changing - 1, 10));
    return Math.min(...pauses);
  }

  #forgetOld(): void {
    const { store, clock } = this.#deps;
    const now = clock.now();
    store.dropUnavailable(store.unavailable().filter((one) => isForgotten(one, now, this.#policy)));
  }

  async #watchChanges(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#watched(() => this.#deps.machines.changes(signal), signal)) {
      this.#waker.wake();
    }
  }

  async #watchInterruptions(signal: AbortSignal): Promise<void> {
    const notices = () => this.#deps.machines.interruptions(signal);
    for await (const one of this.#watched(notices, signal)) this.#notices.take(one);
  }

  /** A stream that is opened again when it breaks; passes do without it meanwhile. */
  async *#watched<T>(open: () => AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
    while (!signal.aborted) {
      try {
        yield* open();
      } catch (error) {
        this.#deps.log.warn({ error: messageOf(error) }, "the cloud's news broke off");
      }
      await this.#deps.clock.sleep(this.#policy.passIntervalSeconds * 1000, signal);
    }
  }
}
