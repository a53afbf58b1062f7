import type { Cloud } from "@sluice/cloud";
import { clusterNotFound } from "@sluice/lifecycle";
import { type Account, messageOf, type SluiceError } from "@sluice/model";
import type { CloudPlace, Clouds } from "./clouds.ts";
import { findCloud, type Unasked, unaskedText } from "./find-cloud.ts";
import type { Host, Interrupt } from "./host.ts";
import { type GlobalOptions, type Output, outputOf, wantsColour } from "./output.ts";
import { liveProgress, type ProgressView, plainProgress } from "./progress.ts";

/**
 * What Ctrl-C does. `quit`: end at once. `abort`: call the work off and let it clean up, and end at
 * once when pressed again. `lend`: nothing, the terminal is another program's.
 */
type OnInterrupt = "quit" | "abort" | "lend";

/** A cloud that did not answer. */
interface UnaskedView {
  readonly provider: string;
  readonly message: string;
}

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
  #interruptNote = "";

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

  /** The provider that the command line or the environment names. */
  get provider(): string | undefined {
    return this.#options.provider ?? (this.host.env.SLUICE_PROVIDER || undefined);
  }

  get region(): string | undefined {
    return this.#options.region;
  }

  /** The server that the command line or the environment names. */
  get server(): string | undefined {
    return this.#options.server ?? (this.host.env.SLUICE_SERVER || undefined);
  }

  /** Kept open until the command is over. */
  async openCloud(provider: string, place: CloudPlace = this.#place): Promise<Cloud> {
    const cloud = await this.clouds.open(provider, place);
    this.#opened.push(cloud);
    return cloud;
  }

  /** The one that is named, or all that this host looks as if it used. */
  async providers(): Promise<readonly string[]> {
    if (this.provider !== undefined) return [this.provider];
    const { clouds, host } = this;
    const isAtHand = await Promise.all(
      clouds.providers.map((provider) => clouds.isAtHand(provider, this.#place, host.env)),
    );
    return clouds.providers.filter((_, index) => isAtHand[index]);
  }

  /** Errors: `ACCOUNT_UNAVAILABLE`, and what the account says of the credentials. */
  async openAccount(provider: string, region: string | undefined): Promise<Account> {
    return this.clouds.openAccount(provider, region);
  }

  /** The cloud that has the cluster. Errors: `CLUSTER_NOT_FOUND`, and why no cloud answered. */
  async cloudOf(cluster: string): Promise<Cloud> {
    return this.cloudWith(
      async ({ infrastructure }) => (await infrastructure.describe(cluster)) !== undefined,
      () => clusterNotFound(cluster),
    );
  }

  /**
   * What every cloud says. One that can't be asked is told of, to people at once and to programs in
   * `unasked`; when none can, the first error is thrown.
   */
  async fromEachCloud<T>(ask: (cloud: Cloud) => Promise<T>): Promise<{
    readonly found: readonly T[];
    readonly unasked: { readonly unasked?: readonly UnaskedView[] };
  }> {
    const found: T[] = [];
    const failed: Unasked[] = [];
    for (const provider of await this.providers()) {
      try {
        found.push(await ask(await this.openCloud(provider)));
      } catch (error) {
        if (this.signal.aborted) throw error;
        failed.push({ provider, error });
      }
    }
    const [first] = failed;
    if (first === undefined) return { found, unasked: {} };
    if (found.length === 0) throw first.error;
    if (this.output.format === "text") {
      for (const one of failed) this.host.writeErr(`${unaskedText(one)}\n`);
    }
    const views = failed.map(({ provider, error }) => ({ provider, message: messageOf(error) }));
    return { found, unasked: { unasked: views } };
  }

  /** The first cloud that has something; see `findCloud`. */
  async cloudWith(
    has: (cloud: Cloud) => Promise<boolean>,
    missing: () => SluiceError,
  ): Promise<Cloud> {
    const providers = await this.providers();
    const open = (provider: string) => this.openCloud(provider);
    return findCloud({ providers, open, signal: this.signal }, has, missing);
  }

  /**
   * From here on progress is shown, and Ctrl-C calls the work off instead of ending it.
   *
   * @param onInterrupt what that means, for whoever pressed it.
   */
  showProgress(
    onInterrupt = "interrupted: cleaning up; press Ctrl-C again to leave it as it is",
  ): ProgressView {
    this.#interruptNote = onInterrupt;
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

  get #place(): CloudPlace {
    return this.region === undefined ? {} : { region: this.region };
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
    this.#progress?.note(this.#interruptNote);
    this.#abort.abort();
  }
}
