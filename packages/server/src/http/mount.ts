import { statusOf } from "@sluice/api";
import { isSluiceError } from "@sluice/model";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { askerOf } from "../audit/asker.ts";
import type { Audit, AuditEntry } from "../audit/contract.ts";
import type { Principal } from "../identity/principal.ts";
import { inTime } from "../state/database-sight.ts";
import { checkAccess } from "./access.ts";
import { hasBody } from "./connections.ts";
import { type OutgoingEvent, pumpEvents } from "./event-response.ts";
import { type Call, type Implementation, SENT } from "./handler.ts";
import { mediaTypeUnsupported } from "./problems.ts";
import { idempotencyKeyOf, parseParts } from "./request-parts.ts";
import { httpStatusOf } from "./statuses.ts";

export interface MountOptions {
  readonly audit: Audit;
  /** Of a body of JSON, in bytes. */
  readonly bodyLimit: number;
  /** Fires when the server stops. */
  readonly stopping: AbortSignal;
}

/** What is read while the database is away, from heads for example, has so long. */
const WITHOUT_DATABASE_MS = 5000;

/** Puts every operation into the app; those whose body is a stream into a part of their own. */
export async function mount(
  app: FastifyInstance,
  implementations: readonly Implementation[],
  options: MountOptions,
): Promise<void> {
  const isStreamed = ({ route }: Implementation) => (route.takes ?? "json") !== "json";
  for (const one of implementations) if (!isStreamed(one)) add(app, one, options);
  await app.register(async (streams) => {
    streams.removeAllContentTypeParsers();
    // As it comes: whoever handles it reads as fast as it can be put away.
    streams.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    for (const one of implementations) if (isStreamed(one)) add(streams, one, options);
  });
}

function add(app: FastifyInstance, one: Implementation, options: MountOptions): void {
  const { route } = one;
  const takesJson = (route.takes ?? "json") === "json";
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{([^}]+)\}/g, ":$1"),
    exposeHeadRoute: route.method === "GET" && (route.gives ?? "json") === "json",
    bodyLimit: takesJson ? options.bodyLimit : Number.MAX_SAFE_INTEGER,
    config: { operation: route.id, isSlow: !takesJson },
    // Before the body is read: who may not ask is told so at once.
    preParsing: async (request) => {
      try {
        checkAccess(route.access, request.principal, clusterOf(request));
      } catch (error) {
        await auditRefusal(request, one, options.audit, error);
        throw error;
      }
      if (takesNothing(route) && hasBody(request.raw) && !isReadJson(request)) {
        throw bodyless();
      }
    },
    handler: (request, reply) => handle(request, reply, one, options),
  });
}

/** Neither a document nor bytes. */
function takesNothing({ takes = "json", body }: Implementation["route"]): boolean {
  return takes === "json" && body === undefined;
}

/** Fastify reads no bodies of GET and HEAD, so that none of those is seen to be empty. */
function isReadJson({ method, headers }: FastifyRequest): boolean {
  const type = headers["content-type"] ?? "";
  return (
    method !== "GET" && method !== "HEAD" && /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)
  );
}

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  return typeof body === "object" && !Array.isArray(body) && Object.keys(body).length === 0;
}

function bodyless(): Error {
  return mediaTypeUnsupported("this route takes no body");
}

const isChange = ({ route }: Implementation): boolean =>
  route.method !== "GET" && route.method !== "HEAD" && route.keepsHistory !== true;

function clusterOf({ params }: FastifyRequest): string | undefined {
  return (params as { readonly cluster?: string } | undefined)?.cluster;
}

async function handle(
  request: FastifyRequest,
  reply: FastifyReply,
  one: Implementation,
  { audit, stopping }: MountOptions,
): Promise<unknown> {
  const { route, handler } = one;
  // Many clients send an empty object with every POST.
  if (takesNothing(route) && isReadJson(request) && !isEmpty(request.body)) throw bodyless();
  const parts = parseParts(route, request);
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, stopping]);
  const notes = new Notes();
  const call = {
    ...parts,
    principal: request.principal as Principal,
    signal,
    idempotencyKey: route.isIdempotentByKey === true ? idempotencyKeyOf(request) : undefined,
    audit: notes,
    request,
    reply,
  } as Call<Implementation["route"]>;
  let given: unknown;
  try {
    const work = Promise.resolve(handler(call));
    // What has to wait for a database that is away is told so; all else has its answer by then.
    const mayWait = request.principal?.isRemembered !== true || (route.gives ?? "json") !== "json";
    given = await (mayWait ? work : inTime(work, WITHOUT_DATABASE_MS));
  } catch (error) {
    if (isChange(one)) await audit.write(entryOf(request, one, notes, resultOf(error)));
    throw error;
  }
  if (isChange(one) && !notes.isLeftOut) {
    await audit.write(entryOf(request, one, notes, "done"));
  }
  if (given === SENT || reply.sent) return reply;
  if (route.gives === "events") {
    await pumpEvents(reply, given as AsyncIterable<OutgoingEvent>, signal);
    return reply;
  }
  if (reply.statusCode === 200) reply.code(statusOf(route));
  return reply.send(given);
}

/** What a handler tells of its change. */
class Notes {
  targets: string[] = [];
  unixUser: string | undefined;
  details: Record<string, unknown> = {};
  isLeftOut = false;

  target(target: string): void {
    this.targets.push(target);
  }

  actingAs(unixUser: string): void {
    this.unixUser = unixUser;
  }

  detail(detail: Readonly<Record<string, unknown>>): void {
    Object.assign(this.details, detail);
  }

  leaveOut(): void {
    this.isLeftOut = true;
  }
}

function entryOf(
  request: FastifyRequest,
  { route }: Implementation,
  notes: Notes,
  result: AuditEntry["result"],
): AuditEntry {
  const hasDetails = Object.keys(notes.details).length > 0;
  return {
    ...askerOf(request),
    ...(notes.unixUser === undefined ? {} : { actingAs: notes.unixUser }),
    action: route.id,
    target: notes.targets.join(", ") || targetOf(request),
    result,
    ...(hasDetails ? { detail: notes.details } : {}),
  };
}

/** What the path names, where the handler said nothing better: `cluster demo, job 17`. */
function targetOf({ params }: FastifyRequest): string {
  return Object.entries((params ?? {}) as Record<string, string>)
    .map(([name, value]) => `${name} ${value.slice(0, 200)}`)
    .join(", ");
}

function resultOf(error: unknown): AuditEntry["result"] {
  return isSluiceError(error) && httpStatusOf(error) < 500 ? "refused" : "failed";
}

/** Of strangers nothing is kept: anybody could fill the log. */
async function auditRefusal(
  request: FastifyRequest,
  one: Implementation,
  audit: Audit,
  error: unknown,
): Promise<void> {
  if (request.principal === undefined || !isChange(one)) return;
  await audit.write(entryOf(request, one, new Notes(), resultOf(error)));
}
