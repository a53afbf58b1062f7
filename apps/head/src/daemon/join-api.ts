import type { NodeManager } from "@sluice/capacity";
import type { Identity } from "@sluice/cloud";
import Fastify, { type FastifyInstance } from "fastify";

export interface JoinApiOptions {
  readonly manager: NodeManager;
  readonly identity: Identity;
  readonly mungeKey: Buffer;
  readonly tls: { readonly key: Buffer; readonly cert: string };
}

/**
 * Where machines learn who they are: a machine that proves to be one of this cluster's gets its
 * node name and the munge key, two lines of text that a shell can read. Anybody else gets nothing.
 */
export function buildJoinApi(options: JoinApiOptions): FastifyInstance {
  const app = Fastify({ https: options.tls, bodyLimit: 64 << 10, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.post("/v1/join", async (request, reply) => {
    const machine = await options.identity.verify(String(request.body), {
      address: request.ip.replace(/^::ffff:/, ""),
      port: request.socket.remotePort ?? 0,
    });
    if (machine === undefined || machine.role !== "compute")
      return reply.status(403).send("unknown machine\n");
    options.manager.joined(machine.id, machine.node);
    return reply
      .type("text/plain")
      .send(`${machine.node}\n${options.mungeKey.toString("base64")}\n`);
  });
  return app as unknown as FastifyInstance;
}
