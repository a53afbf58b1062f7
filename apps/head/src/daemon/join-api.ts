import type { MachineFile } from "@sluice/boot";
import type { Identity, Interruption, Machine } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type BootReport, parseBootReport } from "./boot-reports.ts";
import type { NamesAnswer } from "./node-names.ts";
import { Rate } from "./rate.ts";

export interface JoinApiOptions {
  readonly identity: Identity;
  readonly mungeKey: Buffer;
  readonly tls: { readonly key: Buffer; readonly cert: string };
  readonly clock: Clock;
  /** What a machine gets with its answer; Slurm's own files if it asks for them. */
  readonly filesFor: (role: Machine["role"], wants: { readonly slurm: boolean }) => MachineFile[];
  readonly onJoin: (machine: Machine) => void;
  readonly onBoot: (report: BootReport) => void;
  readonly onNotice: (notice: Interruption) => void;
  /** Where machines keep names of nodes themselves. */
  readonly names?: () => NamesAnswer;
}

/** For each address: each of these costs a question to the cloud. */
const REPORTS = { burst: 20, perSecond: 0.5 };
/** For each address: a machine asks before each job that has more nodes than one. */
const NAMES = { burst: 50, perSecond: 5 };

/**
 * Where machines learn who they are: a machine that proves to be one of this cluster's gets its
 * node name, the munge key and files that it needs, in lines of text that a shell can read. It also
 * tells here how its boot went, and that it is to be taken away. Anybody else gets nothing.
 *
 * A body is the proof, in a line, and then what is told.
 */
export function buildJoinApi(options: JoinApiOptions): FastifyInstance {
  const { identity, mungeKey, clock } = options;
  const app = Fastify({ https: options.tls, bodyLimit: 64 << 10, forceCloseConnections: true });
  const rate = new Rate({ clock, ...REPORTS });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));

  const machineOf = async (request: FastifyRequest): Promise<Machine | undefined> => {
    const machine = await identity.verify(proofOf(request), {
      address: addressOf(request),
      port: request.socket.remotePort ?? 0,
    });
    return machine?.role === "head" ? undefined : machine;
  };
  const refuse = (reply: FastifyReply) => reply.status(403).send("unknown machine\n");

  app.post<{ Querystring: { files?: string } }>("/v1/join", async (request, reply) => {
    const machine = await machineOf(request as FastifyRequest);
    if (machine === undefined) return refuse(reply);
    options.onJoin(machine);
    const files = options.filesFor(machine.role, { slurm: request.query.files === "slurm" });
    const lines = [machine.node || machine.id, mungeKey.toString("base64"), ...files.map(fileLine)];
    return reply.type("text/plain").send(`${lines.join("\n")}\n`);
  });

  const told = (path: string, take: (machine: Machine, text: string) => void) =>
    app.post(path, async (request, reply) => {
      if (!rate.take(addressOf(request))) return reply.status(429).send("too often\n");
      const machine = await machineOf(request);
      if (machine === undefined) return refuse(reply);
      take(machine, toldIn(request));
      return reply.status(204).send();
    });
  told("/v1/boot", (machine, text) => options.onBoot(parseBootReport(text, machine, clock.now())));
  told("/v1/notice", (machine, text) => {
    for (const notice of noticesIn(text, machine.id)) options.onNotice(notice);
  });
  if (options.names !== undefined)
    addNames(app as unknown as FastifyInstance, options.names, clock);
  return app as unknown as FastifyInstance;
}

/** Which node has which address is no secret on the cluster's network, and costs no proof. */
function addNames(app: FastifyInstance, names: () => NamesAnswer, clock: Clock): void {
  const rate = new Rate({ clock, ...NAMES });
  app.get("/v1/names", (request, reply) => {
    if (!rate.take(addressOf(request))) return reply.status(429).send("too often\n");
    const { text, gzip, etag } = names();
    reply.header("etag", `"${etag}"`).header("vary", "accept-encoding").type("text/plain");
    if (request.headers["if-none-match"] === `"${etag}"`) return reply.status(304).send();
    const takesGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
    return takesGzip ? reply.header("content-encoding", "gzip").send(gzip) : reply.send(text);
  });
}

function addressOf(request: FastifyRequest): string {
  return request.ip.replace(/^::ffff:/, "");
}

function bodyOf({ body }: FastifyRequest): string {
  return typeof body === "string" ? body : "";
}

function proofOf(request: FastifyRequest): string {
  const body = bodyOf(request);
  const end = body.indexOf("\n");
  return end < 0 ? body : body.slice(0, end + 1);
}

function toldIn(request: FastifyRequest): string {
  const body = bodyOf(request);
  const end = body.indexOf("\n");
  return end < 0 ? "" : body.slice(end + 1);
}

/** `MODE PATH CONTENT`; neither of the first two has spaces. */
function fileLine({ path, mode, content }: MachineFile): string {
  return `0${mode.toString(8)} ${path} ${Buffer.from(content).toString("base64")}`;
}

const NOTICE = /^(spot|maintenance)(?: (\S{10,40}))?$/;
const MOST_NOTICES = 10;

function noticesIn(text: string, machineId: string): readonly Interruption[] {
  return text
    .split("\n")
    .slice(0, MOST_NOTICES)
    .flatMap((line): readonly Interruption[] => {
      const [, kind, at] = NOTICE.exec(line.trim()) ?? [];
      if (kind !== "spot" && kind !== "maintenance") return [];
      const deadline = new Date(at ?? Number.NaN);
      const isKnown = !Number.isNaN(deadline.getTime());
      return [{ machineId, kind, deadline: isKnown ? deadline : undefined }];
    });
}
