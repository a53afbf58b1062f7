import type { NodePrice } from "@sluice/jobs";
import { type ClusterConfig, nodeOf, priceFor } from "@sluice/model";
import type { ServedCluster } from "../clusters/directory.ts";
import type { FileWork } from "../clusters/files/file-work.ts";

/** A file that was accepted once is good for looking up prices. */
const LENIENT = { suppressed: new Set(["ALL"]) };

/** A type that is known for a node, such as from the event of its launch. */
export type KnownType = (
  node: string,
) => { readonly instanceType?: string; readonly market?: string } | undefined;

/** What nodes of a cluster cost by the price list, on demand, by its file in force. */
export class Prices {
  readonly #files: Pick<FileWork, "run">;
  readonly #configs = new Map<string, { version: number; config: ClusterConfig | undefined }>();

  constructor(files: Pick<FileWork, "run">) {
    this.#files = files;
  }

  async of({ cloud, name }: ServedCluster, known: KnownType): Promise<NodePrice> {
    const config = await this.#config(cloud, name);
    return (node) => {
      if (config === undefined) return undefined;
      const { instanceType = typeOf(config, node), market } = known(node) ?? {};
      const price = instanceType === undefined ? undefined : priceFor(config, instanceType);
      if (price === undefined) return undefined;
      // What spot machines cost changes by the hour, and is never more.
      return { ...price, approximate: price.approximate || market === "spot" };
    };
  }

  async #config(cloud: ServedCluster["cloud"], name: string): Promise<ClusterConfig | undefined> {
    const kept = await cloud.infrastructure.files(name);
    const file = kept.findLast(({ state }) => state === "in-force") ?? kept.at(-1);
    if (file === undefined) return undefined;
    const known = this.#configs.get(name);
    if (known?.version === file.version) return known.config;
    const result = await this.#files.run("check", file.text, LENIENT);
    const config = result.ok ? result.config : undefined;
    this.#configs.set(name, { version: file.version, config });
    return config;
  }
}

/** The first of those that may back the node. */
function typeOf(config: ClusterConfig, node: string): string | undefined {
  const place = nodeOf(config, node);
  if (place === undefined) return undefined;
  const resource = config.Scheduling.SlurmQueues.find(
    ({ Name }) => Name === place.queue,
  )?.ComputeResources.find(({ Name }) => Name === place.computeResource);
  return resource?.InstanceType ?? resource?.Instances?.[0]?.InstanceType;
}
