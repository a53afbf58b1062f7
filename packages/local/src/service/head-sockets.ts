import { chmodSync, existsSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { cloudSocketDir, clusterPaths, type StatePaths } from "../paths.ts";
import { buildHeadApi, type HeadOf } from "./head-api.ts";
import { headSlots } from "./head-slots.ts";
import type { ServiceParts } from "./http.ts";

/** An open socket of the service, with those who are connected to it. */
interface Open {
  readonly head: HeadOf;
  readonly app: FastifyInstance;
  readonly connections: Set<Socket>;
  /** As it was when it was looked at last. */
  isReached: boolean;
}

/** One socket for each head, in the folder that it has mounted. */
export class HeadSockets {
  readonly #state: StatePaths;
  readonly #open = new Map<string, Open>();
  parts: ServiceParts | undefined;

  constructor(state: StatePaths) {
    this.#state = state;
  }

  /** Opens what is missing, and closes what nobody has mounted any more. */
  async sync(clusters: readonly string[]): Promise<void> {
    const { parts } = this;
    if (parts === undefined) return;
    const wanted = new Map(
      clusters.flatMap((cluster) => {
        const live = parts.clusters.live(cluster);
        const slots = live === undefined ? [] : headSlots(live.headsFrom.config, live.range);
        return slots.map(({ node }): [string, HeadOf] => [`${cluster}/${node}`, { cluster, node }]);
      }),
    );
    for (const [key, { app, head }] of this.#open) {
      // A cluster whose file can't be read at the moment keeps its sockets.
      if (wanted.has(key) || clusters.includes(head.cluster)) continue;
      this.#open.delete(key);
      await app.close();
    }
    for (const [key, head] of wanted) {
      if (!this.#open.has(key)) await this.#listen(key, head, parts);
    }
  }

  /** Cuts off those that are not reached any more, and takes the address from those that are again. */
  async look(): Promise<void> {
    const heads = this.parts?.clusters.heads;
    if (heads === undefined) return;
    for (const open of this.#open.values()) {
      const row = heads.reached(open.head.cluster, open.head.node);
      const wasReached = open.isReached;
      open.isReached = row !== undefined;
      if (row === undefined) for (const connection of open.connections) connection.destroy();
      else if (!wasReached) await heads.release(row);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ app }) => app.close()));
  }

  async #listen(key: string, head: HeadOf, parts: ServiceParts): Promise<void> {
    const folder = cloudSocketDir(clusterPaths(this.#state, head.cluster), head.node);
    if (!existsSync(folder)) return;
    const app = buildHeadApi(head, parts);
    const connections = new Set<Socket>();
    app.server.on("connection", (connection: Socket) => {
      connections.add(connection);
      connection.once("close", () => connections.delete(connection));
    });
    this.#open.set(key, { head, app, connections, isReached: true });
    const path = join(folder, "cloud.sock");
    rmSync(path, { force: true });
    await app.listen({ path });
    chmodSync(path, 0o600);
  }
}
