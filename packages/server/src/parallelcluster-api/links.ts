import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "@sluice/model";

/** As long as ParallelCluster's own. */
const LIFETIME_SECONDS = 3600;

/**
 * Addresses that show a file to whoever has them, for a while and without signing in: clients of
 * ParallelCluster fetch a cluster's file from the address that its description has.
 */
export class FileLinks {
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  readonly #publicUrl: URL;

  /**
   * @param siteKey of all servers of the site: each takes the links of the others.
   * @param publicUrl where clients reach any of them.
   */
  constructor(siteKey: Uint8Array, clock: Clock, publicUrl: URL) {
    // One key for each use: what signs a link signs nothing else.
    this.#key = createHmac("sha256", siteKey).update("parallelcluster links").digest();
    this.#clock = clock;
    this.#publicUrl = publicUrl;
  }

  linkTo(path: string): string {
    const expires = Math.floor(this.#clock.now().getTime() / 1000) + LIFETIME_SECONDS;
    const url = new URL(path, this.#publicUrl);
    url.search = `expires=${expires}&signature=${this.#sign(path, `${expires}`)}`;
    return url.href;
  }

  isGood(path: string, query: unknown): boolean {
    const { expires, signature } = query as Readonly<Record<string, unknown>>;
    if (typeof expires !== "string" || typeof signature !== "string") return false;
    if (!/^[0-9]{1,12}$/.test(expires)) return false;
    const expected = Buffer.from(this.#sign(path, expires));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return false;
    return Number(expires) * 1000 > this.#clock.now().getTime();
  }

  #sign(path: string, expires: string): string {
    return createHmac("sha256", this.#key).update(`${path}\n${expires}`).digest("base64url");
  }
}
