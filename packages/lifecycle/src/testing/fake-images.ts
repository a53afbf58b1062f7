import type { ApplyOptions, BuildImageRequest, ImageRecord, Images } from "@sluice/cloud";
import { type Clock, SluiceError } from "@sluice/model";
import { aborted } from "./aborted.ts";

/** Images in memory. A build takes no time, unless it hangs until it is called off. */
export class FakeImages implements Images {
  readonly #clock: Clock;
  readonly #records = new Map<string, ImageRecord>();
  /** A build stays in progress until it is aborted, and then leaves nothing. */
  hangs = false;
  /** Ids of images that machines run on. */
  readonly inUse = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async build(request: BuildImageRequest, options: ApplyOptions): Promise<ImageRecord> {
    const { id, config, configText } = request;
    if (this.#records.has(id)) {
      throw new SluiceError("IMAGE_EXISTS", "user", `there is an image ${id} already`);
    }
    const record: ImageRecord = {
      id,
      status: "BUILD_COMPLETE",
      statusReason: undefined,
      os: "debian13",
      arch: "x86_64",
      reference: `ami-of-${id}-on-${config.Build.InstanceType}`,
      createdAt: this.#clock.now(),
      slurmVersion: "24.11",
      sluiceVersion: "0.1.0",
      configText,
    };
    const time = this.#clock.now();
    options.onProgress({ time, resource: "image", status: "started", message: id });
    if (this.hangs) await aborted(options.signal);
    options.signal.throwIfAborted();
    this.#records.set(id, record);
    return record;
  }

  async list(): Promise<readonly ImageRecord[]> {
    return [...this.#records.values()];
  }

  async describe(id: string): Promise<ImageRecord | undefined> {
    return this.#records.get(id);
  }

  async remove(id: string, { force }: { readonly force: boolean }): Promise<void> {
    if (this.inUse.has(id) && !force) {
      throw new SluiceError("IMAGE_IN_USE", "user", `machines run on the image ${id}`);
    }
    this.#records.delete(id);
  }

  async log(_id: string, lines: number): Promise<string> {
    const said = ["fetching packages", "installing slurm", "done"];
    return `${said.slice(-lines).join("\n")}\n`;
  }
}
