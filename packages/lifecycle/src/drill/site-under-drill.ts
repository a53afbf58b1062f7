import type { ExecResult } from "@sluice/cloud";
import { type Clock, messageOf } from "@sluice/model";
import { describeSite } from "../site/views.ts";
import type { DrillCloud, DrillMachine } from "./contract.ts";

export interface HeadMachine extends DrillMachine {
  readonly node: string;
  readonly zone: string;
}

/** A site that things are done to, and what is seen of it. */
export class SiteUnderDrill {
  readonly cloud: DrillCloud;
  readonly name: string;
  readonly clusters: readonly string[];
  readonly zones: readonly string[];
  readonly clock: Clock;

  constructor(options: {
    readonly cloud: DrillCloud;
    readonly name: string;
    readonly clusters: readonly string[];
    readonly zones: readonly string[];
    readonly clock: Clock;
  }) {
    ({
      cloud: this.cloud,
      name: this.name,
      clusters: this.clusters,
      zones: this.zones,
      clock: this.clock,
    } = options);
  }

  /** As the zones and the site's own machines are named. */
  get owner(): string {
    return `site:${this.name}`;
  }

  /** Never throws: a head that is not there has ended with 255. */
  async onHead(
    cluster: string,
    user: string,
    script: string,
    options: { readonly seconds: number; readonly signal?: AbortSignal },
  ): Promise<ExecResult> {
    const limit = AbortSignal.timeout(options.seconds * 1000);
    const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
    const argv = ["sh", "-c", script];
    try {
      return await this.cloud.shell.exec(cluster, { argv, user, cwd: "/" }, { signal });
    } catch (error) {
      return { exitCode: 255, stdout: "", stderr: messageOf(error) };
    }
  }

  /** The first head that answers, for what all of them see. */
  async onAnyHead(script: string, seconds: number): Promise<ExecResult> {
    let last: ExecResult = { exitCode: 255, stdout: "", stderr: "there is no cluster" };
    for (const cluster of this.clusters) {
      last = await this.onHead(cluster, "root", script, { seconds });
      if (last.exitCode === 0) break;
    }
    return last;
  }

  onSiteMachine(node: string, script: string): Promise<ExecResult> {
    return this.cloud.sites.exec(this.name, node, ["sh", "-c", script]);
  }

  async heads(cluster: string): Promise<readonly (HeadMachine & { readonly role: string })[]> {
    const record = await this.cloud.infrastructure.describe(cluster);
    return (record?.heads ?? []).map(({ machine: { id, node }, zone, role }) => ({
      ...{ id, cluster, node, zone, role },
    }));
  }

  async leader(cluster: string): Promise<HeadMachine | undefined> {
    return (await this.heads(cluster)).find(({ role }) => role === "leading");
  }

  async siteMachine(node: string): Promise<DrillMachine | undefined> {
    const record = await this.cloud.sites.describe(this.name);
    const found = record?.machines.find((machine) => machine.node === node);
    return found && { id: found.id, cluster: this.owner };
  }

  /** Names of the machines that have the primary and the copy of the database. */
  async database(): Promise<{ readonly primary: string; readonly copies: readonly string[] }> {
    const { database } = await describeSite(this.cloud, this.name);
    if (database?.primary === undefined || !database.answers)
      throw new TypeError("the database has no primary");
    return { primary: database.primary, copies: database.inStep };
  }

  /** What is not as it should be; empty when every part is there. */
  async faults(): Promise<readonly string[]> {
    const record = await this.cloud.sites.describe(this.name);
    if (record === undefined) return ["the site is gone"];
    const cheap = [
      ...record.zones.filter(({ state }) => state !== "up").map(({ name }) => `zone ${name}`),
      ...(record.machines.length < this.zones.length ? ["a machine of the site"] : []),
      ...record.machines
        .filter(({ isReady, state }) => !isReady || state !== "running")
        .map(({ node }) => node),
      ...(await Promise.all(this.clusters.map((cluster) => this.#headFaults(cluster)))).flat(),
    ];
    if (cheap.length > 0) return cheap;
    const { database, members } = await describeSite(this.cloud, this.name);
    return [
      ...(database?.answers === true ? [] : ["the database"]),
      ...(database?.inStep.length === 0 ? ["the copy of the database"] : []),
      ...members.filter(({ answers }) => !answers).map(({ name }) => `${name}'s node manager`),
    ];
  }

  async #headFaults(cluster: string): Promise<readonly string[]> {
    const heads = await this.heads(cluster);
    const roles = heads.map(({ role }) => role);
    return roles.includes("leading") && roles.includes("standing-by") ? [] : [`${cluster}'s heads`];
  }
}
