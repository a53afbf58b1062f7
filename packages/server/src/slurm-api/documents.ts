import type { Gateway } from "@sluice/gateway";
import { type Clock, SluiceError } from "@sluice/model";
import { SlurmDocument } from "./document.ts";
import { askSlurmrestd, type SlurmAnswer } from "./upstream.ts";

export interface KnownSlurm {
  readonly document: SlurmDocument;
  readonly answer: SlurmAnswer;
  /** `v0.0.40`, …, oldest first. */
  readonly versions: readonly string[];
}

/** An upgrade of Slurm is seen within this. */
const KNOWN_MS = 60_000;

/** What each cluster's slurmrestd says of itself, read when it is needed first and now and then. */
export class SlurmDocuments {
  readonly #clock: Clock;
  readonly #known = new Map<
    string,
    { readonly slurm: Promise<KnownSlurm>; readonly until: number }
  >();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whoever asks is only needed to be let in: the document is the same for all. */
  async of(gateway: Gateway, user: string): Promise<KnownSlurm> {
    const now = this.#clock.now().getTime();
    const known = this.#known.get(gateway.cluster);
    if (known !== undefined && known.until > now) return known.slurm;
    const slurm =
      known === undefined ? this.#read(gateway, user) : this.#again(gateway, user, known);
    const kept = { slurm, until: now + KNOWN_MS };
    this.#known.set(gateway.cluster, kept);
    slurm.catch(() => {
      if (this.#known.get(gateway.cluster) === kept) this.#known.delete(gateway.cluster);
    });
    return slurm;
  }

  async #again(
    gateway: Gateway,
    user: string,
    known: { readonly slurm: Promise<KnownSlurm> },
  ): Promise<KnownSlurm> {
    const before = await known.slurm;
    const { restVersions } = await gateway.info();
    return restVersions.join() === before.versions.join() ? before : this.#read(gateway, user);
  }

  async #read(gateway: Gateway, user: string): Promise<KnownSlurm> {
    const [{ restVersions }, answer] = await Promise.all([
      gateway.info(),
      askSlurmrestd(gateway, user, { method: "GET", path: "/openapi/v3" }),
    ]);
    if (answer.status !== 200) {
      throw new SluiceError(
        "SLURM_UNREACHABLE",
        "system",
        `slurmrestd answers ${answer.status} to what it is asked about itself`,
      );
    }
    const document = new SlurmDocument(JSON.parse(answer.body.toString()));
    return { document, answer, versions: restVersions };
  }
}
