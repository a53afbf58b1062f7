import { Cluster, Site } from "../harness.ts";
import type { TestRegion } from "./region.ts";

/** A person's machine from which AWS can be reached, with the command line on it. */
export class AwsSite extends Site {
  readonly #region: TestRegion;

  constructor(region: TestRegion) {
    super(`aws-${region.trace.name}`, region.enter());
    this.#region = region;
  }

  override get env(): Record<string, string> {
    return { ...super.env, ...this.#region.env, SLUICE_PROVIDER: "aws" };
  }

  override async cluster(name: string): Promise<Cluster> {
    const { clusterId } = (await this.sluice(["describe-cluster", "-n", name])).json<{
      clusterId: string;
    }>();
    // On this host there is nothing of it beside what the region has.
    return new Cluster(this, { ...this.#region.trace, name, id: clusterId });
  }
}
