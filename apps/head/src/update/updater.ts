import type { ClusterFiles, FileVersion, Machines } from "@sluice/cloud";
import {
  type Clock,
  type ClusterConfig,
  type ComputeFleetStatus,
  isSluiceError,
  messageOf,
  planChange,
  SluiceError,
  stagedConfig,
} from "@sluice/model";
import type { SlurmControl } from "@sluice/slurm";
import {
  type ClusterState,
  type ClusterStateFile,
  configOf,
  type InForce,
  type UpdateRecord,
} from "../cluster-state.ts";
import { Doer } from "./doer.ts";
import type { Look } from "./plan/look.ts";
import { nextStep } from "./plan/next-step.ts";

/** The compute fleet, as the node manager has it. */
export interface FleetControl {
  status(): Promise<ComputeFleetStatus>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Gives a cluster file's meaning to Slurm and to the node manager. Both throw `UPDATE_REFUSED`. */
export interface Loader {
  /** Whether slurmctld would take it. Touches nothing. */
  check(config: ClusterConfig): Promise<void>;
  /**
   * Resolves when slurmctld and the node manager run with it. May be asked again with the same.
   *
   * @param before what they ran with last.
   */
  load(config: ClusterConfig, before: ClusterConfig): Promise<void>;
}

export interface UpdaterDeps {
  readonly state: ClusterStateFile;
  readonly files: ClusterFiles;
  readonly slurm: SlurmControl;
  readonly machines: Pick<Machines, "list" | "terminate">;
  readonly fleet: FleetControl;
  readonly loader: Loader;
  /** The file that this machine was made with; what it settles needs no other machine. */
  readonly madeWith?: ClusterConfig;
  /** Runs what the file wants run after an update. Asked again after a kill; what it throws is told. */
  readonly onUpdated: (config: ClusterConfig, version: number) => Promise<void>;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 2000;
/** Of the time that passes, what looking may take: a look at 20,000 nodes is long. */
const LOOKING_SHARE = 0.1;
/** Looks in a row at a cluster that is as wanted but for nodes that can't be released. */
const LOOKS_FOR_RELEASE = 25;

/**
 * Makes the cluster what its newest file says, from whatever it is now, and returns when it is, or
 * when it is what it was because that can't be.
 *
 * ```
 *   idle ── another version is wanted ──▶ on its way ── nothing left to change ──▶ idle, `done`
 *                                            │  ▲
 *       slurmctld or the plan refuses it     ▼  │ another version is wanted
 *                                         going back ── nothing left ──▶ idle, `failed`
 * ```
 *
 * Every pass derives what to do from what it sees and from the state on the volume, which is written
 * before the effect: killed at any instant it goes on where it was.
 */
export async function update(deps: UpdaterDeps, signal: AbortSignal): Promise<void> {
  const updater = new Updater(deps);
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    try {
      const outcome = await updater.pass();
      if (outcome === "idle") return;
      pause = outcome === "waits" ? Math.min(pause * 1.2, LONGEST_PAUSE) : FIRST_PAUSE;
    } catch (error) {
      deps.log(`tried again: ${messageOf(error)}`);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
    await deps.clock.sleep(Math.max(pause, updater.looked / LOOKING_SHARE), signal);
  }
}

type Outcome = "idle" | "moved" | "waits";

class Updater {
  readonly #deps: UpdaterDeps;
  readonly #doer: Doer;
  #checked: number | undefined;
  #said = "";
  #written = "";
  #looks = 0;
  #releasing = 0;
  /** Milliseconds that the last look took. */
  looked = 0;

  constructor(deps: UpdaterDeps) {
    this.#deps = deps;
    this.#doer = new Doer(deps);
  }

  async pass(): Promise<Outcome> {
    const state = await this.#begun();
    if (state === undefined) return "idle";
    const { update: record, inForce } = state;
    if (record.loading !== undefined) {
      await this.#load(inForce, record);
      return "moved";
    }
    const target: InForce =
      record.failed === undefined ? { kind: "file", ...record.wanted } : record.base;
    try {
      return await this.#advance(state, target);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return this.#refused(state, messageOf(error));
    }
  }

  /** The state with the update that is to be worked on; undefined when there is none. */
  async #begun(): Promise<(ClusterState & { readonly update: UpdateRecord }) | undefined> {
    const { files, state: file } = this.#deps;
    const state = file.read();
    if (state === undefined) throw new TypeError("the head has no cluster state");
    const wanted = await files.wanted();
    const { update: record, inForce } = state;
    if (record === undefined) {
      const isThere = inForce.kind === "file" && inForce.version === wanted.version;
      if (isThere || state.gaveUpOn === wanted.version) return undefined;
      const update = newRecord(wanted, inForce);
      await this.#say(update, `version ${wanted.version} is to be put in force`);
      return this.#write({ inForce, update });
    }
    const isKnown =
      record.wanted.version === wanted.version ||
      // That it failed was told already.
      (record.failed !== undefined && record.base.version === wanted.version);
    if (isKnown) return { inForce, update: record };
    const { failed: _, ...kept } = record;
    await this.#say(kept, `version ${wanted.version} takes the place of ${record.wanted.version}`);
    return this.#write({ inForce, update: { ...kept, wanted } });
  }

  async #advance(
    state: ClusterState & { readonly update: UpdateRecord },
    target: InForce,
  ): Promise<Outcome> {
    const { loader } = this.#deps;
    const { inForce, update: record } = state;
    const current = configOf(inForce);
    const wanted = configOf(target);
    if (this.#checked !== target.version && record.failed === undefined) {
      await this.#deps.files.prepare(wanted);
      await loader.check(wanted).finally(() => this.#deps.files.prepare(current));
      this.#checked = target.version;
    }
    const { fleet, ...look } = await this.#look(record);
    const plan = planChange(current, wanted, {
      fleet: fleet === "STOPPED" ? "stopped" : "running",
      ...(this.#deps.madeWith === undefined ? {} : { madeWith: this.#deps.madeWith }),
    });
    const refused = plan.changes.find(({ effect }) => effect === "refused");
    if (refused !== undefined) throw refusal(`${refused.path}: ${refused.reason}`);
    const step = nextStep({ ...look, fleet, plan, record });
    const next = this.#write({ inForce, update: step.record });
    await this.#doer.doAll(step.acts);
    this.#looks += 1;
    // What is off already may be ready as well, once it can't be given to a job any more.
    if (step.ready.size > 0 && (step.acts.length === 0 || this.#looks > 1)) {
      const config = stagedConfig(current, wanted, plan, step.ready);
      const isLast = plan.changes.every(({ path }) => step.ready.has(path));
      const stage: InForce = isLast ? target : { kind: "stage", version: target.version, config };
      await this.#stage(next, stage, [...step.ready]);
      return "moved";
    }
    if (step.isOver && this.#isReleased(step.acts.length)) {
      await this.#finish(next.update, target);
      return "moved";
    }
    if (step.waits.length > 0) await this.#say(record, `waits for ${step.waits.join("; ")}`);
    return step.acts.length > 0 ? "moved" : "waits";
  }

  async #look(record: UpdateRecord): Promise<Omit<Look, "plan">> {
    const { slurm, machines, fleet, clock } = this.#deps;
    const began = clock.now().getTime();
    const [nodes, jobs, partitions, listed, status] = await Promise.all([
      slurm.nodes(),
      slurm.jobs(),
      slurm.partitions(),
      machines.list(),
      fleet.status(),
    ]);
    this.looked = clock.now().getTime() - began;
    const there = listed.filter(({ role, state }) => role === "compute" && state !== "gone");
    return { record, nodes, jobs, partitions, machines: there, fleet: status };
  }

  async #stage(
    { inForce: before, update: record }: ClusterState & { readonly update: UpdateRecord },
    stage: InForce,
    paths: readonly string[],
  ): Promise<void> {
    const { files, loader } = this.#deps;
    const config = configOf(stage);
    // Before it is asked of Slurm: machine types have to be there for its nodes to be rendered.
    await files.prepare(config);
    try {
      await loader.check(config);
    } catch (error) {
      await files.prepare(configOf(before));
      throw error;
    }
    await this.#say(record, `applies ${paths.join(", ")}`);
    const update = { ...record, loading: { before } };
    this.#write({ inForce: stage, update });
    await this.#load(stage, update);
  }

  async #load(inForce: InForce, record: UpdateRecord): Promise<void> {
    const { files, loader } = this.#deps;
    const { loading, ...rest } = record;
    const config = configOf(inForce);
    const before = loading?.before;
    await files.prepare(config);
    try {
      await loader.load(config, before === undefined ? config : configOf(before));
    } catch (error) {
      if (!isRefusal(error) || before === undefined) throw error;
      const failed = record.failed ?? messageOf(error);
      await this.#say(rest, `refused, and taken back: ${messageOf(error)}`);
      this.#write({ inForce: before, update: { ...rest, failed, loading: {} } });
      return;
    }
    this.#write({ inForce, update: rest });
  }

  /** The first time it goes back; when it can't, what is in force stays so. */
  async #refused(
    { inForce, update: record }: ClusterState & { readonly update: UpdateRecord },
    reason: string,
  ): Promise<Outcome> {
    if (record.failed === undefined) {
      await this.#say(record, `goes back to version ${record.base.version}: ${reason}`);
      this.#write({ inForce, update: { ...record, failed: reason } });
      return "moved";
    }
    const { version } = record.wanted;
    const why = `${record.failed}; and it can't go back to version ${record.base.version}: ${reason}`;
    await this.#deps.files.report({ version, status: "failed", message: why });
    this.#deps.state.write({ inForce, gaveUpOn: record.base.version });
    return "moved";
  }

  async #finish(record: UpdateRecord, target: InForce): Promise<void> {
    const { files, state } = this.#deps;
    const { version } = record.wanted;
    await files.prepare(configOf(target));
    await (record.failed === undefined
      ? files.report({ version, status: "done", message: await this.#inForce(record, target) })
      : files.report({ version, status: "failed", message: record.failed }));
    state.write({ inForce: target });
  }

  /** What people are told. Scripts of their own that fail take nothing back. */
  async #inForce(record: UpdateRecord, target: InForce): Promise<string> {
    const { version } = record.wanted;
    try {
      await this.#deps.onUpdated(configOf(target), version);
      return `version ${version} is in force`;
    } catch (error) {
      const failure = `OnNodeUpdated failed on the head: ${messageOf(error)}`;
      await this.#say(record, failure);
      return `version ${version} is in force, but ${failure}`;
    }
  }

  /** A node that Slurm does not release must not hold the update up for ever. */
  #isReleased(actsLeft: number): boolean {
    this.#releasing = actsLeft === 0 ? 0 : this.#releasing + 1;
    return actsLeft === 0 || this.#releasing > LOOKS_FOR_RELEASE;
  }

  /** Looks that change nothing write nothing. */
  #write<S extends ClusterState>(state: S): S {
    const text = JSON.stringify(state);
    if (text !== this.#written) this.#deps.state.write(state);
    this.#written = text;
    return state;
  }

  /** Nobody has to hear of progress for the update to go on. */
  async #say({ wanted }: Pick<UpdateRecord, "wanted">, message: string): Promise<void> {
    if (message === this.#said) return;
    this.#said = message;
    this.#deps.log(message);
    const { version } = wanted;
    await this.#deps.files.report({ version, status: "progress", message }).catch(() => {});
  }
}

function newRecord(wanted: FileVersion, base: InForce): UpdateRecord {
  return {
    wanted,
    base,
    fleetStopped: false,
    drainedQueues: [],
    heldNodes: [],
    requeuedJobs: [],
  };
}

/** `UPDATE_REFUSED`: the head has looked at it and won't have it. */
export function refusal(message: string, cause?: unknown): SluiceError {
  return new SluiceError("UPDATE_REFUSED", "user", message, cause === undefined ? {} : { cause });
}

function isRefusal(error: unknown): boolean {
  return (
    isSluiceError(error) &&
    [
      "UPDATE_REFUSED",
      "CLUSTER_FILE_INVALID",
      "SLURM_CONF_UNSAFE",
      "MACHINE_TYPE_UNKNOWN",
      "INCLUDE_FILE_UNAVAILABLE",
      "DIRECTORY_PASSWORD_MISSING",
    ].includes(error.code)
  );
}
