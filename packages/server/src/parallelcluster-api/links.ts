import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "@sluice/model";
import type { FastifyRequest } from "fastify";

/** As long as ParallelCluster's own. */
const LIFETIME_SECONDS = 3600;

/**
 * Addresses that show a file to whoever has them, for a while and without signing in: clients of
 * ParallelCluster fetch a cluster's file from the address that its description has.
 */
export class FileLinks {
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  readonly #baseUrl: string | undefined;

  /** @param key 32 bytes that nobody else knows; links end with it. */
  constructor(key: Uint8Array, clock: Clock, baseUrl: string | undefined) {
    this.#key = key;
    this.#clock = clock;
    this.#baseUrl = baseUrl?.replace(/\/+$/, "");
  }

  linkTo(path: string, request: FastifyRequest): string {
    const base = this.#baseUrl ?? `${request.protocol}://${request.host}`;
    const expires = Math.floor(this.#clock.now().getTime() / 1000) + LIFETIME_SECONDS;
    return `${base}${path}?expires=${expires}&signature=${this.#sign(path, `${expires}`)}`;
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
