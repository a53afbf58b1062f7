import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import type { FastifyBaseLogger } from "fastify";
import type { Registry } from "prom-client";
import type { Audit } from "./audit/contract.ts";
import type { ClusterDirectory } from "./clusters/directory.ts";
import type { ServerConfig } from "./config/schema.ts";
import type { EventHub } from "./events/hub.ts";

/** Chance, as whoever needs it gets it. */
export interface Random {
  bytes(count: number): Uint8Array;
  /** A UUID. */
  id(): string;
}

/** What every part of the server is given. Parts that others need are made in `server.ts`. */
export interface ServerDeps {
  readonly config: ServerConfig;
  readonly database: Database;
  readonly clusters: ClusterDirectory;
  readonly events: EventHub;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: FastifyBaseLogger;
  readonly metrics: Registry;
}
