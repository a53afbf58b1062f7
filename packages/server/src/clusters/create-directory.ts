import { type Cloud, type ClusterRecord, type GatewayAccess, isInService } from "@sluice/cloud";
import type { Gateway } from "@sluice/gateway";
import { clusterNotFound } from "@sluice/lifecycle";
import { type Clock, messageOf, SluiceError } from "@sluice/model";
import type { EventHub, Sighting } from "../events/hub.ts";
import type { ClusterDirectory, ServedCloud, ServedCluster, UnansweredCloud } from "./directory.ts";
import { SingleLooks } from "./single-looks.ts";

/** A cloud that the server's configuration names. */
export interface ServedProvider {
  readonly provider: string;
  /** Missing: `local` on the local cloud, elsewhere the region that the cloud's own tools would take. */
  readonly region?: string;
}

export interface DirectoryOptions {
  /** In the order in which they are asked for a name that two of them have. */
  readonly providers: readonly ServedProvider[];
  /** Asked once for each, when it is first needed, and again after it failed. */
  readonly openCloud: (place: ServedProvider) => Promise<Cloud>;
  readonly openGateway: (options: {
    readonly access: GatewayAccess;
    readonly cluster: string;
    readonly clock: Clock;
  }) => Gateway | Promise<Gateway>;
  readonly clock: Clock;
  readonly events: EventHub;
  readonly defaultCluster?: string;
  /** Between two looks at the clouds. */
  readonly refreshSeconds?: number;
  /** A cloud that does not answer so long is one that does not answer. */
  readonly patienceSeconds?: number;
}

/** A name that is not there is looked for again, but not more often than this. */
const FRESH_SECONDS = 1;

interface OpenGateway {
  /** Another cluster, or another place of its head, is another door. */
  readonly key: string;
  readonly gateway: Promise<Gateway>;
}

interface Source {
  readonly place: ServedProvider;
  readonly region: string;
  cloud: Promise<Cloud> | undefined;
  records: readonly ClusterRecord[];
  problem: string | undefined;
}

/**
 * The clusters of all configured clouds. A cloud that does not answer keeps those that it had: what
 * is asked of one of them says then what is wrong. Tells `events` which came, changed and went.
 */
export function createClusterDirectory(options: DirectoryOptions): ClusterDirectory {
  return new Directory(options);
}

class Directory implements ClusterDirectory {
  readonly #options: DirectoryOptions;
  readonly #sources: readonly Source[];
  readonly #gateways = new Map<string, OpenGateway>();
  readonly #single: SingleLooks;
  readonly #over = new AbortController();
  readonly #loop: Promise<void>;
  #served: ReadonlyMap<string, ServedCluster> | undefined;
  #looking: Promise<void> | undefined;
  #lookedAt = 0;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#single = new SingleLooks(options.clock, this.#over.signal);
    this.#sources = options.providers.map((place) => ({
      place,
      region: place.region ?? (place.provider === "local" ? "local" : "default"),
      cloud: undefined,
      records: [],
      problem: undefined,
    }));
    this.#loop = this.#watch();
  }

  async list(): Promise<readonly ServedCluster[]> {
    if (this.#served === undefined) await this.#look();
    return [...(this.#served?.values() ?? [])];
  }

  async get(name: string): Promise<ServedCluster> {
    if (this.#served === undefined) await this.#look();
    const known = this.#served?.get(name);
    if (known !== undefined) return known;
    // It may have been made a moment ago, by someone else.
    const { clock } = this.#options;
    const left = FRESH_SECONDS * 1000 - (clock.now().getTime() - this.#lookedAt);
    if (left > 0) await clock.sleep(left, this.#over.signal);
    await this.#look();
    const found = this.#served?.get(name);
    if (found === undefined) throw clusterNotFound(name);
    return found;
  }

  async defaultCluster(): Promise<ServedCluster> {
    const { defaultCluster } = this.#options;
    if (defaultCluster !== undefined) return this.get(defaultCluster);
    const clusters = await this.list();
    const [only, ...others] = clusters;
    if (only !== undefined && others.length === 0) return only;
    const names = clusters.map(({ name }) => name).join(", ");
    throw new SluiceError(
      "CLUSTER_NOT_NAMED",
      "user",
      only === undefined
        ? "the request names no cluster, and there is none"
        : `the request names no cluster, and there are several: ${names}`,
      { hint: "name one in the path, or have the server configured with a default cluster" },
    );
  }

  async refresh(): Promise<void> {
    // A look that is under way may have asked before whatever it is that changed.
    await this.#looking;
    await this.#look();
  }

  async clouds(): Promise<readonly ServedCloud[]> {
    const opened = await Promise.all(this.#sources.map((source) => this.#opened(source)));
    return opened.filter((cloud) => cloud !== undefined);
  }

  async cloudFor({
    provider,
    region,
  }: {
    readonly provider: string;
    readonly region?: string | undefined;
  }): Promise<ServedCloud> {
    const source = this.#sources.find(
      (one) => one.place.provider === provider && (region === undefined || one.region === region),
    );
    if (source === undefined) throw notServed(this.#sources, provider, region);
    const cloud = await this.#open(source);
    return { provider, region: source.region, cloud };
  }

  unanswered(): readonly UnansweredCloud[] {
    return this.#sources.flatMap(({ place: { provider }, region, problem }) =>
      problem === undefined ? [] : [{ provider, region, message: problem }],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#loop;
    await this.#looking;
    const gateways = [...this.#gateways.values()];
    this.#gateways.clear();
    await Promise.all(gateways.map(closeGateway));
    for (const { cloud } of this.#sources) {
      const opened = await cloud?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    }
  }

  async #watch(): Promise<void> {
    const { clock, refreshSeconds = 5 } = this.#options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#look();
      await clock.sleep(refreshSeconds * 1000, signal);
    }
  }

  /** One look at a time, whoever asks; never rejects. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    await Promise.all(this.#sources.map((source) => this.#ask(source)));
    const before = this.#served;
    const served = new Map<string, ServedCluster>();
    for (const source of this.#sources) {
      const cloud = await source.cloud?.catch(() => undefined);
      if (cloud === undefined) continue;
      for (const record of source.records) {
        if (served.has(record.name)) continue;
        served.set(record.name, this.#cluster(source, cloud, record));
      }
    }
    const ordered = [...served].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#served = new Map(ordered);
    this.#lookedAt = this.#options.clock.now().getTime();
    if (before !== undefined) this.#tell(before, this.#served);
    await this.#closeStale();
  }

  async #ask(source: Source): Promise<void> {
    const { clock, patienceSeconds = 20 } = this.#options;
    const patience = new AbortController();
    const asked = this.#open(source).then(({ infrastructure }) => infrastructure.list());
    const late = clock
      .sleep(patienceSeconds * 1000, AbortSignal.any([patience.signal, this.#over.signal]))
      .then((): never => {
        throw new Error(`no answer in ${patienceSeconds} s`);
      });
    late.catch(() => {});
    asked.catch(() => {});
    try {
      source.records = await Promise.race([asked, late]);
      source.problem = undefined;
    } catch (error) {
      source.problem = messageOf(error);
    } finally {
      patience.abort();
    }
  }

  #open(source: Source): Promise<Cloud> {
    source.cloud ??= this.#options.openCloud(source.place).catch((error: unknown) => {
      source.cloud = undefined;
      throw error;
    });
    return source.cloud;
  }

  async #opened(source: Source): Promise<ServedCloud | undefined> {
    try {
      const cloud = await this.#open(source);
      return { provider: source.place.provider, region: source.region, cloud };
    } catch (error) {
      source.problem = messageOf(error);
      return undefined;
    }
  }

  #cluster({ place, region }: Source, cloud: Cloud, record: ClusterRecord): ServedCluster {
    const { name } = record;
    const gateway = (): Promise<Gateway> => this.#gateway(cloud, record);
    return { name, provider: place.provider, region, cloud, record, gateway };
  }

  async #gateway(cloud: Cloud, seen: ClusterRecord): Promise<Gateway> {
    const { name } = seen;
    if (this.#over.signal.aborted) throw notInService(name, "the server is stopping");
    if (hasHead(seen)) return this.#door(cloud, seen);
    // It may have been made, started or taken over a moment ago.
    const now = (await this.#single.of(cloud, name)) ?? seen;
    if (!hasHead(now)) throw notInService(name, whyNot(now));
    return this.#door(cloud, now);
  }

  #door(cloud: Cloud, record: ClusterRecord): Promise<Gateway> {
    const { name } = record;
    const key = doorOf(record);
    const open = this.#gateways.get(name);
    if (open?.key === key) return open.gateway;
    if (open !== undefined) void closeGateway(open);
    const gateway = this.#enter(cloud, name);
    this.#gateways.set(name, { key, gateway });
    gateway.catch(() => {
      if (this.#gateways.get(name)?.gateway === gateway) this.#gateways.delete(name);
    });
    return gateway;
  }

  async #enter(cloud: Cloud, cluster: string): Promise<Gateway> {
    const access = await cloud.gateway?.(cluster);
    if (access === undefined) {
      throw new SluiceError(
        "GATEWAY_UNREACHABLE",
        "system",
        `the head of ${cluster} has no gateway for servers`,
        { hint: "a head keeps the program that it was made with: make the cluster anew" },
      );
    }
    const { clock } = this.#options;
    return this.#options.openGateway({ access, cluster, clock });
  }

  async #closeStale(): Promise<void> {
    for (const [name, open] of this.#gateways) {
      const record = this.#served?.get(name)?.record;
      const isUsable = record !== undefined && isInService(record.status);
      if (isUsable && (record.head === undefined || doorOf(record) === open.key)) continue;
      this.#gateways.delete(name);
      await closeGateway(open);
    }
  }

  #tell(
    before: ReadonlyMap<string, ServedCluster>,
    after: ReadonlyMap<string, ServedCluster>,
  ): void {
    const { events } = this.#options;
    for (const [name, { record, provider, region }] of after) {
      const former = before.get(name)?.record;
      const kind = former?.id !== record.id ? "created" : "changed";
      if (kind === "changed" && former !== undefined && isSame(former, record)) continue;
      const { status, fileVersion } = record;
      const data = { name, clusterStatus: status, fileVersion, provider, region };
      const sighting = sightingOf(name, record);
      events.publish({ topic: "cluster", kind, cluster: name, data, sighting });
    }
    for (const name of before.keys()) {
      if (after.has(name)) continue;
      const sighting = sightingOf(name, undefined);
      events.publish({
        topic: "cluster",
        kind: "deleted",
        cluster: name,
        data: { name },
        sighting,
      });
    }
  }
}

function isSame(a: ClusterRecord, b: ClusterRecord): boolean {
  return (
    a.status === b.status &&
    a.statusReason === b.statusReason &&
    a.fileVersion === b.fileVersion &&
    a.head?.id === b.head?.id
  );
}

/** Every server sees every cluster. */
function sightingOf(name: string, record: ClusterRecord | undefined): Sighting {
  const { id, status, statusReason, fileVersion, head } = record ?? {};
  const words = record === undefined ? [] : [id, status, statusReason, fileVersion, head?.id];
  return {
    subject: JSON.stringify(["cluster", name]),
    version: JSON.stringify(words),
    order: 0,
  };
}

function hasHead({ status, head }: ClusterRecord): boolean {
  return isInService(status) && head !== undefined;
}

function whyNot({ status }: ClusterRecord): string {
  return isInService(status) ? "its head is being made" : `it is ${status}`;
}

function doorOf({ id, head }: ClusterRecord): string {
  return `${id} ${head?.id ?? ""} ${head?.address ?? ""}`;
}

async function closeGateway({ gateway }: OpenGateway): Promise<void> {
  const open = await gateway.catch(() => undefined);
  await open?.[Symbol.asyncDispose]();
}

function notInService(name: string, why: string): SluiceError {
  return new SluiceError(
    "CLUSTER_NOT_IN_SERVICE",
    "user",
    `cluster ${name} takes no requests: ${why}`,
    { hint: "wait until it is in service, or start it" },
  );
}

function notServed(
  sources: readonly Source[],
  provider: string,
  region: string | undefined,
): SluiceError {
  const there = sources.map((one) => `${one.place.provider} (${one.region})`).join(", ");
  const what = region === undefined ? provider : `${provider} in the region ${region}`;
  return new SluiceError(
    "PROVIDER_NOT_SERVED",
    "user",
    `this server has no clusters of the provider ${what}`,
    { hint: there === "" ? "have a provider configured" : `it has those of ${there}` },
  );
}
