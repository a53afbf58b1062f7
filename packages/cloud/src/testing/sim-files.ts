import type { ClusterConfig } from "@sluice/model";
import type { ClusterFiles, FileState, FileVersion, UpdateReport } from "../files.ts";

/** The files of one cluster, as the cloud keeps them, and what its head said of them. */
export class SimFiles implements ClusterFiles {
  readonly #versions: { readonly text: string; state: FileState }[] = [];
  readonly reports: UpdateReport[] = [];
  /** What the cloud was last told to be ready for. */
  prepared: ClusterConfig | undefined;
  /** The cloud does not answer. */
  away = false;

  constructor(text = "") {
    this.#versions.push({ text, state: "in-force" });
  }

  /** Gives the cluster another file, as an update does. */
  give(text: string): FileVersion {
    for (const one of this.#versions) if (one.state === "wanted") one.state = "replaced";
    this.#versions.push({ text, state: "wanted" });
    return { version: this.#versions.length, text };
  }

  /** By version, from 1. */
  get states(): readonly FileState[] {
    return this.#versions.map(({ state }) => state);
  }

  async wanted(): Promise<FileVersion> {
    this.#answer();
    const wanted = this.#versions.findIndex(({ state }) => state === "wanted");
    const index =
      wanted < 0 ? this.#versions.findIndex(({ state }) => state === "in-force") : wanted;
    return { version: index + 1, text: this.#versions[index]?.text ?? "" };
  }

  async prepare(config: ClusterConfig): Promise<void> {
    this.#answer();
    this.prepared = config;
  }

  async report(report: UpdateReport): Promise<void> {
    this.#answer();
    this.reports.push(report);
    const version = this.#versions[report.version - 1];
    if (version === undefined || report.status === "progress") return;
    if (report.status === "failed") {
      if (version.state === "wanted") version.state = "failed";
      return;
    }
    for (const one of this.#versions) if (one.state === "in-force") one.state = "former";
    version.state = "in-force";
  }

  #answer(): void {
    if (this.away) throw new Error("connect ECONNREFUSED");
  }
}
