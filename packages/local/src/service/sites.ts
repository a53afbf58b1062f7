import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { SITE_SECRETS } from "@sluice/boot";
import {
  CloudError,
  type OnProgress,
  type Progress,
  type SiteRecord,
  type SiteRequest,
  type SiteSecrets,
  type ZoneState,
} from "@sluice/cloud";
import { messageOf, type SiteConfig, SluiceError } from "@sluice/model";
import { Balancer } from "../balancer/process.ts";
import { detectCgroups, removeGroups } from "../host/cgroups.ts";
import { formatNetwork, linkExists, makeBridge, parseNetwork } from "../host/network.ts";
import { removeNetworkLinks } from "../host/zone-network.ts";
import { ensureImage, findImage } from "../images/build.ts";
import { recipeFor } from "../images/recipe.ts";
import type { StatePaths } from "../paths.ts";
import { ensureBundle } from "./bundle.ts";
import { coreBridge } from "./cluster-row.ts";
import type { WorkOptions } from "./clusters.ts";
import type { Fleet } from "./fleet.ts";
import type { LiveSite, LiveSites } from "./live-site.ts";
import { siteNotFound } from "./not-found.ts";
import { ensureServerBundle } from "./server-bundle.ts";
import { siteBackupFolder } from "./site-backups.ts";
import { makeSiteFolders } from "./site-folders.ts";
import { SiteMachines } from "./site-machines.ts";
import { chooseSiteNetwork } from "./site-network.ts";
import { siteOwner, sitePaths } from "./site-paths.ts";
import { balancedServers, balancerAt, publicUrl, readSiteFile } from "./site-plan.ts";
import {
  ensurePortalCertificate,
  keepSecret,
  readSecrets,
  requireSecretNames,
  writeSecrets,
} from "./site-secrets.ts";
import { step } from "./step.ts";
import type { LocalStore } from "./store.ts";
import type { Zones, ZonesOf } from "./zones.ts";

export interface SitesOptions {
  readonly store: LocalStore;
  readonly state: StatePaths;
  readonly live: LiveSites;
  readonly fleet: Fleet;
  readonly zones: Zones;
  /** The built programs: all of them, those of the head, and the Node that runs them. */
  readonly dist: string;
  readonly headProgram: string;
  readonly node: string;
  /** Writes the hosts files of a site's clusters again. */
  readonly refreshClusters: (site: string) => Promise<void>;
  /** Opens and closes the sockets of its machines. */
  readonly onSites: () => Promise<void>;
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** The long-lived things that several clusters share: see `Sites` of the cloud's contract. */
export class Sites {
  readonly machines: SiteMachines;
  readonly #options: SitesOptions;
  readonly #busy = new Set<string>();

  constructor(options: SitesOptions) {
    this.#options = options;
    const { store, fleet, zones, live } = options;
    this.machines = new SiteMachines({ store, fleet, zones, sites: live });
  }

  /** After a restart of the service or the host. */
  async recover(): Promise<void> {
    const { store, live } = this.#options;
    for (const { name, bridge, network, status } of store.sites.list()) {
      const site = live.get(name);
      // A newer service may need folders that the one before did not make.
      if (site !== undefined) await makeSiteFolders(site).catch(() => {});
      if (status === "CREATE_IN_PROGRESS" || status === "UPDATE_IN_PROGRESS") {
        const reason = "the local cloud's service ended meanwhile: apply it again";
        const failed = status === "CREATE_IN_PROGRESS" ? "CREATE_FAILED" : "UPDATE_FAILED";
        store.sites.update(name, { status: failed, reason });
      }
      if (!(await linkExists(bridge))) {
        await makeBridge(bridge, parseNetwork(network)).catch(() => {});
      }
      await this.#balancer(name)
        .revive()
        .catch(() => {});
    }
  }

  list(): readonly SiteRecord[] {
    return this.#options.store.sites.list().flatMap(({ name }) => this.describe(name) ?? []);
  }

  describe(name: string): SiteRecord | undefined {
    const site = this.#options.live.get(name);
    if (site === undefined) return undefined;
    const { row, config, paths, owner } = site;
    return {
      name,
      id: row.id,
      provider: "local",
      status: row.status,
      statusReason: row.reason ?? undefined,
      createdAt: new Date(row.createdAt),
      updatedAt: new Date(row.updatedAt),
      text: row.text,
      clusters: JSON.parse(row.clusters) as Record<string, string>,
      ...(row.serverText === null ? {} : { serverText: row.serverText }),
      zones: this.#options.zones.states(owner).zones.map(({ zone, isFailed, isCut }) => {
        const state: ZoneState = isFailed ? "failed" : isCut ? "cut" : "up";
        return { name: zone, state };
      }),
      machines: this.machines.views(name),
      url: publicUrl(config, site.network),
      facts: { network: row.network, accounting: { Host: site.address } },
      resources: {
        network: row.network,
        bridge: row.bridge,
        folder: paths.root,
        image: row.imageRoot,
        database: site.address,
        backups: siteBackupFolder(site),
        authority: join(paths.secrets, SITE_SECRETS.authority),
      },
    };
  }

  events(name: string): readonly Progress[] {
    return this.#options.store.events(siteOwner(name));
  }

  /** Looks whether `apply` could succeed, and names its steps. Changes nothing. */
  async plan({ name, text }: SiteRequest): Promise<{ readonly steps: readonly string[] }> {
    const { store, state, live } = this.#options;
    const config = this.#readFile(name, text);
    const site = live.get(name);
    if (site !== undefined) requireSame(site, config);
    const network = site?.network ?? (await chooseSiteNetwork(config.Network, store));
    const recipe = requireRecipe(config);
    const isThere = findImage(recipe, state.images) !== undefined;
    return {
      steps: [
        `${isThere ? "use" : "build"} the image ${recipe.os}`,
        `${site === undefined ? "make" : "keep"} the network ${formatNetwork(network)}`,
        `make the folders ${sitePaths(state, name).root}`,
        `have the machines of zones ${config.Zones.join(", ")}`,
        `have the balancer at ${publicUrl(config, network)}`,
      ],
    };
  }

  /** See `Sites.apply`. Errors: `SITE_BUSY`, `SITE_CONFLICT`, those of the file and of networks. */
  async apply(request: SiteRequest, { onProgress, signal }: WorkOptions): Promise<SiteRecord> {
    const { name, text } = request;
    return this.#exclusively(name, async () => {
      const { store, live } = this.#options;
      const config = this.#readFile(name, text);
      const former = live.get(name);
      requireSecretNames(request.secrets ?? {});
      if (former === undefined) await this.#insert(request, config);
      else this.#change(former, request, config);
      const report: OnProgress = (progress) => {
        if (progress.status !== "info") store.addEvent(siteOwner(name), progress);
        onProgress(progress);
      };
      const verb = former === undefined ? "CREATE" : "UPDATE";
      try {
        if (former === undefined) {
          await writeSecrets(this.require(name).paths.secrets, request.secrets ?? {});
        }
        await this.#make(name, report, signal);
        store.sites.update(name, { status: `${verb}_COMPLETE`, reason: null });
      } catch (error) {
        store.sites.update(name, { status: `${verb}_FAILED`, reason: messageOf(error) });
        if (former === undefined) await this.#unmake(this.require(name), false);
        throw error;
      }
      return this.describe(name) as SiteRecord;
    });
  }

  /** See `Sites.destroy`. Errors: `SITE_HAS_CLUSTERS`, `SITE_BUSY`. */
  async destroy(
    name: string,
    { onProgress, retainStorage }: WorkOptions & { readonly retainStorage: boolean },
  ): Promise<{ readonly kept: readonly string[] }> {
    const { store, live } = this.#options;
    const site = live.get(name);
    if (site === undefined) return { kept: [] };
    const members = store.clusters().flatMap((row) => (row.site === name ? row.name : []));
    if (members.length > 0) {
      const message = `${members.join(", ")} belong to site ${name}`;
      throw new SluiceError("SITE_HAS_CLUSTERS", "user", message, {
        hint: "delete its clusters first",
      });
    }
    return this.#exclusively(name, async () => {
      store.sites.update(name, { status: "DELETE_IN_PROGRESS" });
      const what = "removing machines, network and folders";
      const kept = await step(onProgress, "site", what, () => this.#unmake(site, retainStorage));
      return { kept };
    });
  }

  /** See `Sites.replaceMachine` of the cloud's contract. Whoever makes missing machines makes it. */
  async replaceMachine(
    name: string,
    node: string,
    { onProgress, signal }: WorkOptions,
  ): Promise<void> {
    const { fleet, store } = this.#options;
    await this.#exclusively(name, async () => {
      const site = this.require(name);
      if (!site.slots.some((slot) => slot.node === node)) {
        throw new CloudError("NotFound", `site ${name} has no machine ${node}`);
      }
      const rows = store.machines(site.owner).filter((row) => row.node === node);
      await step(onProgress, "machine", `${node} is made anew`, async () => {
        await fleet.remove(rows);
        await this.machines.bringUp(site, { signal, onProgress });
      });
    });
  }

  /** Throws `SITE_NOT_FOUND`. */
  require(name: string): LiveSite {
    const site = this.#options.live.get(name);
    if (site === undefined) throw siteNotFound(name);
    return site;
  }

  /** See `Sites.secrets` of the cloud's contract. Errors: `SITE_NOT_FOUND`. */
  async secrets(name: string): Promise<SiteSecrets> {
    return readSecrets(this.require(name).paths.secrets);
  }

  /** See `Sites.keepSecret`. Errors: `SITE_NOT_FOUND`, `SITE_SECRET_UNKNOWN`. */
  async keepSecret(name: string, secret: string, content: string): Promise<string> {
    return keepSecret(this.require(name).paths.secrets, secret, content);
  }

  #readFile(name: string, text: string): SiteConfig {
    if (!NAME.test(name)) {
      throw new SluiceError("SITE_NAME_INVALID", "user", `${JSON.stringify(name)} names no site`, {
        hint: "use at most 40 lower-case letters, digits and hyphens, a letter first",
      });
    }
    return readSiteFile(text, name);
  }

  async #insert(
    { name, text, clusters, serverText }: SiteRequest,
    config: SiteConfig,
  ): Promise<void> {
    const { store } = this.#options;
    const network = formatNetwork(await chooseSiteNetwork(config.Network, store));
    const id = randomBytes(6).toString("hex");
    const now = new Date().toISOString();
    store.sites.insert({
      ...{ name, id, status: "CREATE_IN_PROGRESS", reason: null, createdAt: now, updatedAt: now },
      ...{ text, clusters: JSON.stringify(clusters), network, bridge: coreBridge(id) },
      serverText: serverText ?? null,
      ...{ imageRoot: "", bundle: "", serverBundle: "" },
    });
  }

  #change(site: LiveSite, request: SiteRequest, config: SiteConfig): void {
    requireSame(site, config);
    const { name, text, serverText = null as string | null } = request;
    const clusters = JSON.stringify(request.clusters);
    const change = { text, clusters, serverText, reason: null };
    this.#options.store.sites.update(name, { ...change, status: "UPDATE_IN_PROGRESS" });
  }

  async #make(name: string, report: OnProgress, signal: AbortSignal): Promise<void> {
    const { store, state, zones, fleet, headProgram, node, dist } = this.#options;
    const recipe = requireRecipe(this.require(name).config);
    const onProgress = (message: string): void =>
      report({ time: new Date(), resource: "image", status: "info", message });
    const { root: imageRoot } = await step(report, "image", recipe.os, () =>
      ensureImage(recipe, { directory: state.images, signal, onProgress }),
    );
    const bundle = await ensureBundle({ directory: state.bundles, headProgram, node });
    const serverBundle = await ensureServerBundle({ directory: state.bundles, dist, node });
    store.sites.update(name, { imageRoot, bundle, serverBundle });
    const site = this.require(name);
    await step(report, "network", `bridge ${site.bridge}`, async () => {
      if (!(await linkExists(site.bridge))) await makeBridge(site.bridge, site.network);
      await zones.makeLinks(networkOf(site));
    });
    await step(report, "storage", "volumes, keys and shared folders", async () => {
      await makeSiteFolders(site);
      await site.names.refresh();
      await this.#options.refreshClusters(name);
      await this.#options.onSites();
    });
    signal.throwIfAborted();
    const wanted = new Set(site.slots.map((slot) => slot.node));
    await fleet.remove(store.machines(site.owner).filter((row) => !wanted.has(row.node)));
    await step(report, "machines", [...wanted].join(", "), () =>
      this.machines.bringUp(site, { signal, onProgress: report }),
    );
    await this.machines.roll(site, { signal, onProgress: report });
    await step(report, "balancer", publicUrl(site.config, site.network), () => this.#balance(site));
  }

  async #balance(site: LiveSite): Promise<void> {
    const at = balancerAt(site.network);
    const { secrets } = site.paths;
    await this.#balancer(site.row.name).keep({
      ...at,
      certificate: await ensurePortalCertificate(secrets, at.address),
      serverCertificates: join(secrets, SITE_SECRETS.authority),
      servers: balancedServers(site.slots),
    });
  }

  #balancer(name: string): Balancer {
    return new Balancer(sitePaths(this.#options.state, name).balancer);
  }

  async #unmake(site: LiveSite, retainStorage: boolean): Promise<readonly string[]> {
    const { store, fleet, state } = this.#options;
    const { owner, bridge, id, paths, row } = site;
    await this.#balancer(row.name).stop();
    await fleet.remove(store.machines(owner));
    await removeNetworkLinks(bridge);
    removeGroups(detectCgroups(), `sluice/${id}`);
    if (store.clusters().length === 0 && store.sites.list().length === 1) {
      removeGroups(detectCgroups(), "sluice");
    }
    const kept = join(state.root, "kept", `site-${row.name}-${id}-storage`);
    const isKept = retainStorage && existsSync(paths.storage);
    if (isKept) {
      await mkdir(join(state.root, "kept"), { recursive: true, mode: 0o700 });
      await rename(paths.storage, kept);
    }
    await rm(paths.root, { recursive: true, force: true });
    store.forgetOwner(owner, id);
    store.sites.remove(row.name);
    await this.#options.onSites();
    return isKept ? [kept] : [];
  }

  async #exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(name)) {
      throw new SluiceError("SITE_BUSY", "user", `another operation is at work on site ${name}`, {
        hint: "wait until it has ended",
      });
    }
    this.#busy.add(name);
    try {
      return await work();
    } finally {
      this.#busy.delete(name);
    }
  }
}

/** The site's own part of its zones; its clusters are found by whoever asks for all. */
function networkOf({ owner, network, bridge, zones }: LiveSite): ZonesOf {
  return { owner, tenants: [owner], network, bridge, zones };
}

function requireRecipe({
  Servers: { Os },
}: Pick<SiteConfig, "Servers">): NonNullable<ReturnType<typeof recipeFor>> {
  const recipe = recipeFor(Os);
  if (recipe === undefined) throw new TypeError(`no recipe for ${Os}`);
  return recipe;
}

/** What a site has for its life. */
function requireSame({ row, zones, config: had }: LiveSite, config: SiteConfig): void {
  const isMoved = config.Network !== undefined && config.Network !== row.network;
  if (!isMoved && config.Zones.join() === had.Zones.join()) return;
  const message = `site ${row.name} has zones ${zones.join(", ")} in ${row.network} for its life`;
  throw new SluiceError("SITE_CONFLICT", "user", message, { hint: "make another site" });
}
