import { existsSync } from "node:fs";
import { CloudError } from "@sluice/cloud";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { buildApi } from "./api.ts";
import { serveLeadership } from "./leadership-api.ts";
import type { LiveSites } from "./live-site.ts";
import { MachineSocket } from "./machine-socket.ts";
import { refuseSecrets, sealedSecrets } from "./site-backups.ts";
import type { SiteMachines } from "./site-machines.ts";
import { siteSocketDir } from "./site-paths.ts";
import type { LocalStore, MachineRow } from "./store.ts";

const reportSchema = z.object({
  status: z.enum(["progress", "ready", "standing-by", "failed"]),
  message: z.string().max(2000),
});

const eventSchema = z.object({ status: z.enum(["info", "failed"]), message: z.string().max(2000) });

export interface SiteSocketsOptions {
  readonly store: LocalStore;
  readonly sites: LiveSites;
  readonly machines: () => SiteMachines;
  /** What the servers of sites may do with the cloud. */
  readonly serve: (app: FastifyInstance) => void;
}

/** A socket for each machine of each site, by which the service knows which one asks. */
export class SiteSockets {
  readonly #options: SiteSocketsOptions;
  readonly #open = new Map<string, Open>();

  constructor(options: SiteSocketsOptions) {
    this.#options = options;
  }

  /** Opens what is missing, and closes what nobody has mounted any more. */
  async sync(): Promise<void> {
    const { store, sites } = this.#options;
    const wanted = new Map<string, Pick<Open, "site" | "node"> & { readonly folder: string }>();
    for (const { name } of store.sites.list()) {
      const live = sites.get(name);
      for (const { node } of live?.slots ?? []) {
        if (live === undefined) continue;
        const folder = siteSocketDir(live.paths, node);
        if (existsSync(folder)) wanted.set(`${name}/${node}`, { site: name, node, folder });
      }
    }
    for (const [key, { socket }] of this.#open) {
      if (wanted.has(key)) continue;
      this.#open.delete(key);
      await socket.close();
    }
    for (const [key, { site, node, folder }] of wanted) {
      if (this.#open.has(key)) continue;
      const socket = new MachineSocket(this.#api(site, node));
      this.#open.set(key, { site, node, socket, isReached: true });
      await socket.listen(folder);
    }
  }

  /** Cuts off those that are not reached any more, and takes the address from those that are again. */
  async look(): Promise<void> {
    const machines = this.#options.machines();
    for (const open of this.#open.values()) {
      const row = machines.reached(open.site, open.node);
      const wasReached = open.isReached;
      open.isReached = row !== undefined;
      if (row === undefined) open.socket.cut();
      else if (!wasReached) await machines.release(row);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ socket }) => socket.close()));
  }

  #api(site: string, node: string): FastifyInstance {
    const { store, sites } = this.#options;
    const machines = this.#options.machines();
    const app = buildApi();
    const self = (): MachineRow => {
      const row = machines.reached(site, node);
      if (row === undefined) throw new CloudError("NotFound", `there is no ${node} of ${site}`);
      return row;
    };
    // Nobody answers a machine that the cloud and it do not reach each other.
    app.addHook("onRequest", async (request, reply) => {
      if (machines.reached(site, node) !== undefined) return;
      reply.hijack();
      request.raw.socket.destroy();
    });
    app.post("/report", async ({ body }) => {
      const { status, message } = reportSchema.parse(body);
      machines.report(self(), status, message);
      return {};
    });
    refuseSecrets(app);
    app.get("/backup/secrets", async () => {
      const live = sites.get(site);
      if (live === undefined) throw new CloudError("NotFound", `there is no site ${site}`);
      return sealedSecrets(live);
    });
    app.post("/event", async ({ body }) => {
      const { status, message } = eventSchema.parse(body);
      const row = self();
      const resource = "backup";
      store.addEvent(row.cluster, { time: new Date(), resource, status, message });
      return {};
    });
    const owner = (): string => sites.get(site)?.id ?? "";
    this.#options.serve(app);
    serveLeadership(app, { store, clusters: { heads: machines }, self, owner });
    return app;
  }
}

interface Open {
  readonly site: string;
  readonly node: string;
  readonly socket: MachineSocket;
  /** As it was when it was looked at last. */
  isReached: boolean;
}
