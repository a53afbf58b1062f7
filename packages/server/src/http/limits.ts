import type {} from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Principal } from "../identity/principal.ts";
import { tooManyRequests } from "./problems.ts";

export interface RateLimits {
  /** Of one address, whoever is behind it. */
  readonly perAddress: number;
  /** Of one account. */
  readonly perPrincipal: number;
  /** Of one address, by nobody who is known. */
  readonly perStranger: number;
}

export interface RateLimiter {
  /** Before anything is looked up. Throws `TOO_MANY_REQUESTS`. */
  address(request: FastifyRequest): Promise<void>;
  /** Once it is known who asks. Throws as `address`. */
  principal(request: FastifyRequest, principal: Principal | undefined): Promise<void>;
}

/** Seconds for which a refused client is told to wait, by the request that it made. */
export const RETRY_AFTER = new WeakMap<FastifyRequest, number>();

/** All limits are per minute. Needs `@fastify/rate-limit` on `app`. */
export function createRateLimiter(app: FastifyInstance, limits: RateLimits): RateLimiter {
  const counter = (max: number, keyGenerator: (request: FastifyRequest) => string) => {
    const count = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator });
    return async (request: FastifyRequest) => {
      const result = await count(request);
      if (result.isAllowed || !result.isExceeded) return;
      RETRY_AFTER.set(request, result.ttlInSeconds);
      throw tooManyRequests(result.ttlInSeconds);
    };
  };
  const principals = new WeakMap<FastifyRequest, string>();
  const address = counter(limits.perAddress, ({ ip }) => `address ${ip}`);
  const stranger = counter(limits.perStranger, ({ ip }) => `stranger ${ip}`);
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
