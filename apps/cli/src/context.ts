import type { Cloud } from "@sluice/cloud";
import type { Account } from "@sluice/model";
import type { Clouds } from "./clouds.ts";
import type { Host, Interrupt } from "./host.ts";
import { type GlobalOptions, type Output, outputOf, wantsColour } from "./output.ts";
import { liveProgress, type ProgressView, plainProgress } from "./progress.ts";

/**
 * What Ctrl-C does. `quit`: end at once. `abort`: call the work off and let it clean up, and end at
 * once when pressed again. `lend`: nothing, the terminal is another program's.
 */
type OnInterrupt = "quit" | "abort" | "lend";

/** One command's run. */
export class Context implements AsyncDisposable {
  readonly host: Host;
  readonly clouds: Clouds;
  readonly output: Output;
  readonly #options: GlobalOptions;
  readonly #abort = new AbortController();
  readonly #opened: Cloud[] = [];
  readonly #release: () => void;
  #onInterrupt: OnInterrupt = "quit";
  #progress: ProgressView | undefined;

  constructor(options: GlobalOptions, host: Host, clouds: Clouds) {
    this.host = host;
    this.clouds = clouds;
    this.#options = options;
    this.output = outputOf(options, host);
    this.#release = host.onInterrupt((signal) => this.#interrupt(signal));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Kept open until the command is over. */
  async openCloud(provider: string): Promise<Cloud> {
    const cloud = await this.clouds.open(provider);
    this.#opened.push(cloud);
    return cloud;
  }

  /** Errors: `ACCOUNT_UNAVAILABLE`, and what the account says of the credentials. */
  async openAccount(provider: string, region: string | undefined): Promise<Account> {
    return this.clouds.openAccount(provider, region);
  }

  /** The cloud that has the cluster; when none does, the last one, which will say so. */
  async cloudOf(cluster: string): Promise<Cloud> {
    const { providers } = this.clouds;
    for (const provider of providers.slice(0, -1)) {
      const cloud = await this.openCloud(provider);
      if ((await cloud.infrastructure.describe(cluster)) !== undefined) return cloud;
    }
    return this.openCloud(providers.at(-1) ?? "");
  }

  /** From here on progress is shown, and Ctrl-C calls the work off instead of ending it. */
  showProgress(): ProgressView {
    const live = this.output.format === "text" && this.host.stderrIsTerminal;
    this.#progress ??= live
      ? liveProgress(this.host, wantsColour(this.#options, this.host))
      : plainProgress(this.host);
    this.#onInterrupt = "abort";
    return this.#progress;
  }

  /** From here on Ctrl-C fires `signal`, and is not worth a word. */
  endOnInterrupt(): AbortSignal {
    this.#onInterrupt = "abort";
    return this.signal;
  }

  /** From here on Ctrl-C belongs to the command that has the terminal. */
  lendTerminal(): void {
    this.#onInterrupt = "lend";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#progress?.[Symbol.dispose]();
    this.#release();
    for (const cloud of this.#opened) await cloud[Symbol.asyncDispose]();
  }

  #interrupt(signal: Interrupt): void {
    if (this.#onInterrupt === "lend") {
      // Ctrl-C reached the command too, and it decides. SIGTERM was meant for this process.
      if (signal === "SIGTERM") this.host.exit(143);
      return;
    }
    if (this.#onInterrupt === "quit" || this.signal.aborted) {
      this.#progress?.[Symbol.dispose]();
      this.host.exit(130);
      return;
    }
    this.#progress?.note("interrupted: cleaning up; press Ctrl-C again to leave it as it is");
    this.#abort.abort();
  }
}
