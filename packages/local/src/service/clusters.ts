import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type ClusterRecord,
  type FileVersion,
  isInService,
  type OnProgress,
  type Progress,
  type UpdateReport,
} from "@sluice/cloud";
import { type ClusterConfig, messageOf, SluiceError } from "@sluice/model";
import { detectCgroups, removeGroups } from "../host/cgroups.ts";
import { formatNetwork, linkExists, makeBridge, parseNetwork } from "../host/network.ts";
import { pruneImages, requireSpace } from "../images/build.ts";
import { clusterPaths, type StatePaths } from "../paths.ts";
import { ensureBundle } from "./bundle.ts";
import { Busy } from "./busy.ts";
import { ClusterFilesStore, serviceStatus } from "./cluster-files.ts";
import { type ChosenPlace, choosePlace, makeNetwork, removeNetwork } from "./cluster-network.ts";
import { newClusterRow, recordOf } from "./cluster-row.ts";
import type { Fleet } from "./fleet.ts";
import { makeFolders } from "./folders.ts";
import type { Heads } from "./heads.ts";
import { MachineImages } from "./images.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { LiveClusters } from "./live-clusters.ts";
import type { LiveSites } from "./live-site.ts";
import { clusterExists } from "./not-found.ts";
import { replaceHead } from "./replace-head.ts";
import type { LocalApplyRequest, LocalReplaceHeadRequest, LocalUpdateRequest } from "./requests.ts";
import { keepRetained, type Retained } from "./retained.ts";
import { step } from "./step.ts";
import type { ClusterRow, LocalStore } from "./store.ts";

export interface WorkOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

const NOTHING: Retained = { retainAccounting: false, retainStorage: false };

export interface ClustersOptions {
  readonly store: LocalStore;
  readonly state: StatePaths;
  readonly sites: LiveSites;
  /** The built program of the head, and the Node that runs it. */
  readonly headProgram: string;
  readonly node: string;
  /** Called when the set of clusters changed, to open and close their sockets. */
  readonly onClusters: () => Promise<void>;
}

/** What a cluster's volume and folders may take before anything runs in them. */
const NEEDED_BYTES = 512 * 2 ** 20;

/** The long-lived things: networks, folders and heads of clusters. */
export class Clusters {
  readonly files: ClusterFilesStore;
  readonly images: MachineImages;
  readonly #options: ClustersOptions;
  readonly #live: LiveClusters;
  #fleet: Fleet | undefined;
  #heads: Heads | undefined;
  readonly #busy = new Busy();

  constructor(options: ClustersOptions) {
    this.#options = options;
    this.#live = new LiveClusters(options.store, options.state, options.sites);
    this.files = new ClusterFilesStore(options.store);
    this.images = new MachineImages(options.state.images, options.store);
  }

  /** Machines and clusters know each other; this closes the circle, once. */
  attach(fleet: Fleet, heads: Heads): void {
    this.#fleet = fleet;
    this.#heads = heads;
  }

  get heads(): Heads {
    if (this.#heads === undefined) throw new TypeError("no heads attached");
    return this.#heads;
  }

  /** Whether an operation is at work on it. */
  isBusy(name: string): boolean {
    return this.#busy.has(name);
  }

  live(name: string): LiveCluster | undefined {
    return this.#live.get(name);
  }

  /** Writes the hosts files of a site's clusters again. */
  async refreshNames(site: string): Promise<void> {
    for (const row of this.#options.store.clusters()) {
      if (row.site === site) await this.live(row.name)?.names.refresh();
    }
  }

  /** Throws `CLUSTER_NOT_FOUND`, or why its file can't be read. */
  require(name: string): LiveCluster {
    return this.#live.require(name);
  }

  /** After a restart of the service or the host: networks that went with the host come back. */
  async recover(): Promise<void> {
    for (const row of this.#options.store.clusters()) {
      if (row.status !== "DELETE_IN_PROGRESS" && !(await linkExists(row.bridge))) {
        await makeBridge(row.bridge, parseNetwork(row.network)).catch(() => {});
      }
    }
  }

  /**
   * Takes down what was being created when an earlier service ended: nobody waits for it any more.
   * Only after the fleet has recovered, so that its machines are known.
   */
  async takeDownUnfinished(): Promise<void> {
    for (const { name, status } of this.#options.store.clusters()) {
      if (status !== "CREATE_IN_PROGRESS") continue;
      await this.#unmake(name, NOTHING).catch((error: unknown) => {
        // The other clusters need the service all the same; what is left waits for delete-cluster.
        const reason = messageOf(error);
        this.#options.store.updateCluster(name, { status: "CREATE_FAILED", reason });
      });
    }
  }

  describe(name: string): ClusterRecord | undefined {
    const row = this.#options.store.cluster(name);
    return row === undefined ? undefined : this.#record(row);
  }

  list(): readonly ClusterRecord[] {
    return this.#options.store.clusters().map((row) => this.#record(row));
  }

  events(name: string): readonly Progress[] {
    return this.#options.store.events(name);
  }

  /** Looks whether `apply` could succeed, and names its steps. Changes nothing. */
  async plan(
    request: LocalApplyRequest,
  ): Promise<{ steps: readonly string[]; place: ChosenPlace }> {
    const { store, state } = this.#options;
    const existing = store.cluster(request.name);
    if (existing !== undefined) {
      throw clusterExists(existing);
    }
    const image = await this.images.ofCluster(request.config);
    const place = await choosePlace(request, this.#options.store);
    await requireSpace(existsSync(state.root) ? state.root : "/", NEEDED_BYTES);
    return {
      place,
      steps: [
        `${image.isThere ? "use" : "build"} the image ${image.title}`,
        place.within === undefined
          ? `make the network ${formatNetwork(place.network)}`
          : `use the range ${formatNetwork(place.within.range)} of site ${place.within.site}`,
        `make the folders ${join(state.clusters, request.name)}`,
        `boot the head, a ${request.config.HeadNode.InstanceType}`,
      ],
    };
  }

  async apply(
    request: LocalApplyRequest,
    options: WorkOptions & { readonly keepOnFailure: boolean },
  ): Promise<ClusterRecord> {
    return this.#busy.exclusively(request.name, options.signal, async () => {
      const { place } = await this.plan(request);
      const row = newClusterRow(request, place);
      this.#options.store.insertCluster(row);
      const report = this.#reporter(row.name, options.onProgress);
      try {
        await this.#make(row, request.config, report, options.signal);
        this.#options.store.updateCluster(row.name, { status: "CREATE_COMPLETE" });
      } catch (error) {
        report({
          time: new Date(),
          resource: "cluster",
          status: "failed",
          message: messageOf(error),
        });
        this.#options.store.updateCluster(row.name, {
          status: "CREATE_FAILED",
          reason: messageOf(error),
        });
        if (options.keepOnFailure && !options.signal.aborted) throw error;
        report({
          time: new Date(),
          resource: "clean-up",
          status: "started",
          message: "taking down what was made",
        });
        await this.#unmake(row.name, NOTHING);
        if (!options.signal.aborted) throw error;
        const message = `creating ${row.name} was interrupted; nothing of it is left`;
        throw new SluiceError("INTERRUPTED", "user", message);
      }
      return this.#record(this.#options.store.cluster(row.name) ?? row);
    });
  }

  async destroy(
    name: string,
    options: WorkOptions & Retained,
  ): Promise<{ kept: readonly string[] }> {
    // A creation that was given up is being taken down; what it leaves is ours to remove.
    await this.#busy.afterAborted(name);
    if (this.#options.store.cluster(name) === undefined) return { kept: [] };
    return this.#busy.exclusively(name, options.signal, async () => {
      this.#options.store.updateCluster(name, { status: "DELETE_IN_PROGRESS" });
      const report = this.#reporter(name, options.onProgress);
      report({
        time: new Date(),
        resource: "cluster",
        status: "started",
        message: "removing machines, network and folders",
      });
      const kept = await this.#unmake(name, options);
      options.onProgress({
        time: new Date(),
        resource: "cluster",
        status: "done",
        message: "deleted",
      });
      return { kept };
    });
  }

  async update(request: LocalUpdateRequest, signal: AbortSignal): Promise<FileVersion> {
    return this.#busy.exclusively(request.name, signal, async () =>
      this.files.give(this.require(request.name).row, request),
    );
  }

  wanted(name: string): FileVersion {
    return this.files.wanted(this.require(name).row);
  }

  /** The head is about to run with that: machines to come are of it, and names resolve. */
  async prepare(name: string, config: ClusterConfig): Promise<void> {
    this.files.prepare(this.require(name).row, config);
    const cluster = this.require(name);
    await makeFolders(cluster);
    await cluster.names.refresh();
  }

  async reportUpdate(name: string, report: UpdateReport): Promise<void> {
    this.files.report(this.require(name).row, report);
    await this.require(name).names.refresh();
  }

  /** Resolves when a head leads, also one that is being made already. */
  async startHead(name: string, options: WorkOptions): Promise<void> {
    await this.#busy.exclusively(name, options.signal, async () => {
      const cluster = this.require(name);
      const report = this.#reporter(name, options.onProgress);
      if (!existsSync(cluster.row.imageRoot)) {
        await this.#ensureImage(cluster.row, cluster.config, report, options.signal);
      }
      try {
        const { signal } = options;
        await this.heads.boot(this.require(name), { onProgress: report, signal, all: false });
      } catch (error) {
        // Those of a cluster in service are made again and again without being asked for.
        if (!isInService(cluster.row.status)) await this.#failStart(name, messageOf(error));
        throw error;
      }
      const { row } = this.require(name);
      if (row.status !== "STOPPED") return;
      this.#options.store.updateCluster(name, { status: serviceStatus(row), reason: null });
    });
  }

  /** Off again, so that the next attempt begins with fresh machines. */
  async #failStart(name: string, reason: string): Promise<void> {
    await this.#requireFleet().remove(this.#options.store.heads(name));
    this.#options.store.updateCluster(name, { status: "STOPPED", reason });
  }

  async replaceHead(
    request: LocalReplaceHeadRequest,
    options: WorkOptions,
    powerOff: (launcher: number) => Promise<void>,
  ): Promise<void> {
    const { name } = request;
    const parts = {
      ...{ store: this.#options.store, heads: this.heads, fleet: this.#requireFleet() },
      ...{ images: this.images, require: (one: string) => this.require(one), powerOff },
      ...{ report: this.#reporter(name, options.onProgress), signal: options.signal },
    };
    await this.#busy.exclusively(name, options.signal, () => replaceHead(parts, request));
  }

  /** Asks the head to power off, and pulls the plug when it has not in 20 s. */
  async stopHead(
    name: string,
    options: WorkOptions,
    powerOff: (launcher: number) => Promise<void>,
  ): Promise<void> {
    await this.#busy.exclusively(name, options.signal, async () => {
      this.require(name);
      const report = this.#reporter(name, options.onProgress);
      const at = (status: Progress["status"], message: string): void =>
        report({ time: new Date(), resource: "head", status, message });
      if (this.heads.machines(name).length > 0) at("started", "powering off");
      await this.heads.stop(name, powerOff);
      await this.#requireFleet().remove(this.#options.store.machines(name));
      this.#options.store.updateCluster(name, { status: "STOPPED" });
      at("done", "off; its volume is kept");
    });
  }

  async #make(
    row: ClusterRow,
    config: ClusterConfig,
    report: OnProgress,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, state } = this.#options;
    await this.#ensureImage(row, config, report, signal);
    signal.throwIfAborted();
    const bundle = await ensureBundle({
      directory: state.bundles,
      headProgram: this.#options.headProgram,
      node: this.#options.node,
    });
    store.updateCluster(row.name, { bundle });
    await step(report, "network", `bridge ${row.bridge}`, () => makeNetwork(row, config, store));
    await step(report, "storage", "volume and shared folders", async () => {
      await makeFolders(this.require(row.name));
      await this.#options.onClusters();
    });
    signal.throwIfAborted();
    await this.heads.boot(this.require(row.name), { onProgress: report, signal, all: true });
  }

  async #ensureImage(
    row: ClusterRow,
    config: ClusterConfig,
    report: OnProgress,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, state } = this.#options;
    const image = await this.images.ofCluster(config);
    const info = (message: string): void =>
      report({ time: new Date(), resource: "image", status: "info", message });
    const imageRoot = await step(report, "image", image.title, () =>
      image.ensure({ signal, onProgress: info }),
    );
    store.updateCluster(row.name, { imageRoot });
    const needed = [...store.clusters(), ...store.sites.list()].map(({ imageRoot }) => imageRoot);
    await pruneImages(state.images, needed).catch(() => {});
  }

  async #unmake(name: string, retained: Retained): Promise<readonly string[]> {
    const { store, state } = this.#options;
    const row = store.cluster(name);
    if (row === undefined) return [];
    const paths = clusterPaths(state, name);
    await this.#requireFleet().remove(store.machines(name));
    await removeNetwork(row);
    removeGroups(detectCgroups(), `sluice/${row.id}`);
    if (store.clusters().length === 1) removeGroups(detectCgroups(), "sluice");
    const kept = await keepRetained(row, retained, { paths, folder: join(state.root, "kept") });
    await rm(paths.root, { recursive: true, force: true });
    store.deleteCluster(name);
    this.#live.forget(name);
    await this.#options.onClusters();
    return kept;
  }

  #record(row: ClusterRow): ClusterRecord {
    const { heads } = this;
    const record = recordOf(row, {
      leader: heads.leader(row.name),
      address: heads.commonAddress(row.name),
      heads: heads.views(row.name),
      state: this.#options.state,
    });
    const error = this.#live.whyNot(row.name);
    return error === undefined ? record : { ...record, statusReason: error.message };
  }

  #requireFleet(): Fleet {
    if (this.#fleet === undefined) throw new TypeError("no fleet attached");
    return this.#fleet;
  }

  #reporter(name: string, onProgress: OnProgress): OnProgress {
    return (progress) => {
      if (progress.status !== "info") this.#options.store.addEvent(name, progress);
      onProgress(progress);
    };
  }
}
