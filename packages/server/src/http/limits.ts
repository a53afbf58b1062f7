import type {} from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Principal } from "../identity/principal.ts";
import { tooManyRequests } from "./problems.ts";

export interface RateLimits {
  /** Of one address, or one network of IPv6, whoever is behind it. */
  readonly perAddress: number;
  /** Of one account. */
  readonly perPrincipal: number;
  /** Of one address, by nobody who is known. */
  readonly perStranger: number;
  /** How many servers share what comes: each takes its part of the limits. 1 when missing. */
  readonly servers?: () => number;
}

export interface RateLimiter {
  /** Before anything is looked up. Throws `TOO_MANY_REQUESTS`. */
  address(request: FastifyRequest): Promise<void>;
  /** Once it is known who asks. Throws as `address`. */
  principal(request: FastifyRequest, principal: Principal | undefined): Promise<void>;
}

/**
 * Whose an address is, as far as that can be told: one customer has a /64 of IPv6 at least, and could
 * come from another address of it each time.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("%", 1)[0]?.split("::") ?? [];
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const words = [...before, ...Array<string>(zeros).fill("0"), ...after];
  return `${words
    .slice(0, 4)
    .map((word) => Number.parseInt(word, 16).toString(16))
    .join(":")}::/64`;
}

/** Seconds for which a refused client is told to wait, by the request that it made. */
export const RETRY_AFTER = new WeakMap<FastifyRequest, number>();

/** All limits are per minute. Needs `@fastify/rate-limit` on `app`. */
export function createRateLimiter(app: FastifyInstance, limits: RateLimits): RateLimiter {
  const counter = (max: number, keyGenerator: (request: FastifyRequest) => string) => {
    const part = () => Math.ceil(max / (limits.servers?.() ?? 1));
    const count = app.createRateLimit({ max: part, timeWindow: 60_000, keyGenerator });
    return async (request: FastifyRequest) => {
      const result = await count(request);
      if (result.isAllowed || !result.isExceeded) return;
      RETRY_AFTER.set(request, result.ttlInSeconds);
      throw tooManyRequests(result.ttlInSeconds);
    };
  };
  const principals = new WeakMap<FastifyRequest, string>();
  const address = counter(limits.perAddress, ({ ip }) => `address ${networkOf(ip)}`);
  const stranger = counter(limits.perStranger, ({ ip }) => `stranger ${networkOf(ip)}`);
  const known = counter(limits.perPrincipal, (request) => principals.get(request) ?? "");
  return {
    address,
    principal: async (request, principal) => {
      if (principal === undefined) return stranger(request);
      principals.set(request, principal.id);
      return known(request);
    },
  };
}
