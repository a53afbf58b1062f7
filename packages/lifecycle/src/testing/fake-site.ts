import type { SiteMachine, SiteRecord, Sites } from "@sluice/cloud";
import { parseStoredSiteFile } from "@sluice/model";
import type { FakeCloud } from "./fake-cloud.ts";

/**
 * A site of a fake cloud with two machines, of which the first has the primary of the database. One
 * that is made anew boots what the file says, and takes some looks until it is in step; the primary
 * moves to the other one when its machine goes, and what was not in step then is noted in `lost`.
 */
export class FakeSite {
  readonly name: string;
  readonly log: string[];
  readonly lost: string[] = [];
  primary = "site-a";
  /** Looks until a machine that was made anew is in step. */
  looksUntilInStep = 3;
  /** Times that the primary does not come to rest when it is to be handed over. */
  busyTimes = 0;
  /** The replacing of a machine that fails, by its number from 1. */
  failsAt: number | undefined;
  machines: readonly SiteMachine[] = [machine("site-a", "a", 0), machine("site-b", "b", 0)];
  text: string;
  clusters: Readonly<Record<string, string>>;
  #looksLeft = 0;
  #made = 0;

  constructor(
    cloud: FakeCloud,
    { name, clusters, log = [] }: Pick<FakeSite, "name" | "clusters"> & { readonly log?: string[] },
  ) {
    this.name = name;
    this.clusters = clusters;
    this.log = log;
    const entries = Object.keys(clusters).map((one) => `{Name: ${one}, File: ${one}.yaml}`);
    this.text = `Provider: local\nZones: [a, b]\nClusters: [${entries.join(", ")}]\n`;
    Object.assign(cloud, { sites: this.#sites() });
  }

  get record(): SiteRecord {
    return {
      ...{ name: this.name, id: "1", provider: "local", status: "CREATE_COMPLETE" },
      ...{ statusReason: undefined, createdAt: new Date(0), updatedAt: new Date(0) },
      ...{ text: this.text, clusters: this.clusters, machines: this.machines, url: undefined },
      zones: ["a", "b"].map((zone) => ({ name: zone, state: "up" as const })),
      ...{ facts: {}, resources: {} },
    };
  }

  #sites(): Partial<Sites> {
    return {
      list: async () => [this.record],
      describe: async (name) => (name === this.name ? this.record : undefined),
      apply: async ({ text, clusters }) => {
        this.text = text;
        this.clusters = clusters;
        return this.record;
      },
      replaceMachine: async (_, node) => this.#replace(node),
      exec: async (_, node, argv) => {
        if (argv.includes("hand-over")) return this.#handOver();
        if (!argv.includes("status")) return { exitCode: 0, stdout: "", stderr: "" };
        return { exitCode: 0, stdout: JSON.stringify(this.#status(node)), stderr: "" };
      },
    };
  }

  #handOver() {
    const isBusy = this.busyTimes-- > 0;
    const message = "a transaction did not end within 8 s";
    const answer = isBusy ? { error: { code: "DATABASE_BUSY", source: "system", message } } : {};
    if (!isBusy) {
      this.primary = this.machines.find(({ node }) => node !== this.primary)?.node ?? this.primary;
    }
    return { exitCode: isBusy ? 1 : 0, stdout: JSON.stringify(answer), stderr: "" };
  }

  #replace(node: string): void {
    const parsed = parseStoredSiteFile(this.text, "site.yaml");
    if (!parsed.ok) throw new Error("the site file is wrong");
    const { Os } = parsed.config.Servers;
    this.log.push(`${node} ${Os}`);
    if (this.failsAt === ++this.#made) throw new Error("it does not boot");
    if (node === this.primary) {
      if (this.#looksLeft > 0) this.lost.push(node);
      this.primary = this.machines.find((one) => one.node !== node)?.node ?? node;
    }
    this.#looksLeft = this.looksUntilInStep;
    this.machines = this.machines.map((one) =>
      one.node === node ? { ...one, id: `${one.id}x`, os: Os } : one,
    );
  }

  #status(node: string) {
    const isPrimary = node === this.primary;
    if (isPrimary && this.#looksLeft > 0) this.#looksLeft--;
    const others = this.machines.map((one) => one.node).filter((one) => one !== this.primary);
    const inStep = this.#looksLeft > 0 ? [] : others;
    return { role: isPrimary ? "primary" : "replica", primary: this.primary, inStep };
  }
}

function machine(node: string, zone: string, launchedAt: number): SiteMachine {
  return {
    ...{ id: `m-${node}`, token: node, role: "site", node, pool: undefined },
    offering: { instanceType: "local.head", zone, market: "on-demand" },
    ...{ state: "running", address: undefined, launchedAt: new Date(launchedAt), tags: {} },
    ...{ isReady: true, os: "debian13" },
  };
}
