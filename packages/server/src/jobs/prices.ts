import { type JobPrice, jobPrices, type KnownMachine, type PricedJob } from "@sluice/jobs";
import type { ClusterConfig } from "@sluice/model";
import type { ServedCluster } from "../clusters/directory.ts";
import type { FileWork } from "../clusters/files/file-work.ts";

/** A file that was accepted once is good for looking up prices. */
const LENIENT = { suppressed: new Set(["ALL"]) };

/** What jobs of a cluster cost, by its file in force. */
export class Prices {
  readonly #files: Pick<FileWork, "run">;
  readonly #configs = new Map<string, { text: string; config: ClusterConfig | undefined }>();

  constructor(files: Pick<FileWork, "run">) {
    this.#files = files;
  }

  async of(
    { name, record }: Pick<ServedCluster, "name" | "record">,
    known?: KnownMachine,
  ): Promise<(job: PricedJob) => JobPrice> {
    return jobPrices(await this.#config(name, record.configText), known);
  }

  async #config(name: string, text: string): Promise<ClusterConfig | undefined> {
    const known = this.#configs.get(name);
    if (known?.text === text) return known.config;
    const result = await this.#files.run("check", text, LENIENT);
    const config = result.ok ? result.config : undefined;
    this.#configs.set(name, { text, config });
    return config;
  }
}
