import type { Machine } from "@sluice/cloud";
import { messageOf } from "@sluice/model";
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
  JobVerdict,
  NodeManager,
  NodeManagerDeps,
  ResumeRequest,
} from "./contract.ts";
import { HookQueue } from "./hook-queue.ts";
import { JobGate } from "./job-gate.ts";
import { Observer } from "./observe/observer.ts";
import type { Snapshot } from "./observe/snapshot.ts";
import { isLively, nextDeadline } from "./plan/deadline.ts";
import { plan } from "./plan/plan.ts";
import { isForgotten } from "./plan/unavailability.ts";
import { type CapacityPolicy, DEFAULT_POLICY } from "./policy.ts";
import { indexPools, type Pools } from "./pools.ts";
import { toFleetView, toNodeViews } from "./views.ts";
import { Waker } from "./waker.ts";

const RETRY_FIRST_MILLISECONDS = 250;
/** News of the cloud comes in bursts, and every pass reads all nodes. Hooks do not wait for this. */
const BREATH_MILLISECONDS = 200;

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
  readonly #recorder: Recorder;
  readonly #launcher: Launcher;
  readonly #terminator: Terminator;
  readonly #parker: Parker;
  readonly #returner: Returner;
  #nodes: readonly SlurmNode[] = [];
  #machines: readonly Machine[] = [];
  /** Passes in a row that changed something, and that failed. */
  #changing = 0;
  #failing = 0;

  constructor(deps: NodeManagerDeps) {
    const { clock, store, log } = deps;
    this.#deps = deps;
    // A fleet that was never asked anything runs since its node manager first did.
    const fleet = store.fleet();
    if (fleet.updatedAt.getTime() === 0) store.saveFleet({ ...fleet, updatedAt: clock.now() });
    this.#policy = { ...DEFAULT_POLICY, ...deps.policy };
    this.#pools = indexPools(deps.pools, deps.warm);
    this.#queue = new HookQueue();
    this.#waker = new Waker(clock);
    this.#gate = new JobGate(deps);
    this.#observer = new Observer(deps, this.#policy, this.#pools);
    this.#recorder = new Recorder(clock, store, log);
    const wake = () => this.#waker.wake();
    this.#launcher = new Launcher(deps, this.#policy, this.#pools, this.#recorder, wake);
    this.#terminator = new Terminator(deps, this.#policy, this.#recorder);
    this.#parker = new Parker(deps, this.#policy, this.#recorder, wake);
    this.#returner = new Returner(deps);
  }

  resume(request: ResumeRequest): void {
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
    const fleet = store.fleet();
    return toFleetView(fleet, partitions, nodes, store.unavailable(), this.#pools, clock.now());
  }

  events({ after = 0, limit = 100 }: { readonly after?: number; readonly limit?: number } = {}) {
    this.#recorder.flush();
    return this.#deps.store.events(after, limit);
  }

  async run(signal: AbortSignal): Promise<void> {
    const watching = [this.#watchChanges(signal), this.#watchInterruptions(signal)];
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
    this.#recorder.flush();
  }

  #request(status: "START_REQUESTED" | "STOP_REQUESTED"): void {
    this.#deps.store.saveFleet({ status, updatedAt: this.#deps.clock.now() });
    this.#recorder.add("fleet", status);
    this.#waker.wake();
  }

  #hooked(): void {
    this.#changing = 0;
    this.#waker.wake();
  }

  async #breathe(end: number, signal: AbortSignal): Promise<void> {
    while (!this.#queue.hasNews && !signal.aborted) {
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
    const taken = this.#queue.take();
    try {
      const snapshot = await withTimeout(clock, this.#policy.callTimeoutSeconds, signal, (within) =>
        this.#observer.observe(
          () => ({
            demands: [...this.#queue.demands(), ...this.#gate.demands()],
            inFlight: new Set(this.#launcher.inFlight),
            resumed: taken.resumed,
            suspended: taken.suspended,
          }),
          within,
        ),
      );
      this.#nodes = snapshot.nodes;
      this.#machines = snapshot.machines;
      const actions = plan(snapshot);
      await apply(actions, snapshot, this.#deps, this.#actors(), signal);
      this.#queue.forgetSettled(snapshot.nodes);
      this.#forgetOld();
      this.#recorder.flush();
      this.#failing = 0;
      this.#changing = actions.length > 0 ? this.#changing + 1 : 0;
      return this.#pauseAfter(snapshot);
    } catch (error) {
      this.#queue.putBack(taken);
      if (signal.aborted) return 0;
      this.#failing += 1;
      this.#deps.log.warn({ error: messageOf(error), failing: this.#failing }, "pass failed");
      return Math.min(
        RETRY_FIRST_MILLISECONDS * 2 ** Math.min(this.#failing - 1, 10),
        this.#policy.passIntervalSeconds * 1000,
      );
    }
  }

  #actors() {
    return {
      launcher: this.#launcher,
      terminator: this.#terminator,
      parker: this.#parker,
      returner: this.#returner,
      gate: this.#gate,
      recorder: this.#recorder,
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
    for await (const { machineId, kind, deadline } of this.#watched(notices, signal)) {
      const when = deadline === undefined ? "soon" : `at ${deadline.toISOString()}`;
      this.#recorder.add("interruption", `${kind}: machine goes ${when}`, { machineId });
      this.#waker.wake();
    }
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
