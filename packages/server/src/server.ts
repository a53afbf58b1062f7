import type { Socket } from "node:net";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { PROBLEM_MEDIA_TYPE } from "@sluice/api";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { ServerDeps } from "./deps.ts";
import { ARRIVAL, endQuietConnections, expectSoon } from "./http/connections.ts";
import { type DocumentsOptions, serveDocuments } from "./http/documents.ts";
import type { Implementation } from "./http/handler.ts";
import { serveHealth } from "./http/health.ts";
import { acceptJson } from "./http/json-body.ts";
import { createRateLimiter, RETRY_AFTER } from "./http/limits.ts";
import { mount } from "./http/mount.ts";
import { observe } from "./http/observe.ts";
import { servePortal } from "./http/portal.ts";
import {
  invalid,
  stopping as isStopping,
  MethodNotAllowed,
  problemOf,
  routeNotFound,
} from "./http/problems.ts";
import { acceptWebSockets, asksForWebSocket } from "./http/web-sockets.ts";
import type { Principal } from "./identity/principal.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; undefined: nobody who is known. */
    principal: Principal | undefined;
  }
  interface FastifyInstance {
    /**
     * For plugins whose routes have `config: { authenticatesItself: true }`: says who asks, and
     * counts the request against that account's limit. Throws `TOO_MANY_REQUESTS`.
     */
    admit(request: FastifyRequest, principal: Principal | undefined): Promise<void>;
    /** Answers with the portal's document where the address may be one of its pages. */
    portalPage?(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined;
  }
  interface FastifyContextConfig {
    /** operationId, for logs and measures. */
    operation?: string;
    /** Its body may take as long as it takes. */
    isSlow?: boolean;
    /** Nobody is looked up for it. */
    isOpen?: boolean;
    /** The route finds out who asks by headers of its own, and calls `admit`. */
    authenticatesItself?: boolean;
  }
}

export interface BuildOptions extends ServerDeps {
  /**
   * Who asks; undefined for nobody. Throws for credentials that are refused outright and for changes
   * by cookie that come from another site.
   */
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | undefined>;
  readonly implementations: readonly Implementation[];
  /** Interfaces that are not ours: Slurm's, ParallelCluster's. */
  readonly plugins?: readonly FastifyPluginAsync[];
  readonly version: string;
  /** PEM; missing: plain HTTP, for loopback. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly docsViewer: DocumentsOptions["viewer"];
  /** Folder of the portal as it was built; missing: none is served. */
  readonly portal?: string;
  /** Which of several servers this is, as `x-sluice-server` of every answer. */
  readonly name?: string;
  /** Fires when no more should be sent here; what is sent is still answered. */
  readonly leaving?: AbortSignal;
  /** How many servers take what is sent to the site; 1 when missing. */
  readonly servers?: () => number;
}

const HEADER_BYTES = 16 * 1024;

/**
 * The server without its port. `close()` stops it gently: what runs ends, streams are told, what
 * comes is sent away with 503.
 */
export async function buildServer(options: BuildOptions): Promise<FastifyInstance> {
  const { config, log, random, metrics } = options;
  const ending = new AbortController();
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    genReqId: () => random.id(),
    // Ids are ours: those of others could be anything.
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.TrustedProxies.length === 0 ? false : [...config.TrustedProxies],
    bodyLimit: config.Limits.BodyKiB * 1024,
    routerOptions: { maxParamLength: 4000, caseSensitive: true, ignoreTrailingSlash: false },
    forceCloseConnections: "idle",
    return503OnClosing: false,
    keepAliveTimeout: 65_000,
    requestTimeout: 0,
    exposeHeadRoutes: false,
    http: {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: ARRIVAL,
      requireHostHeader: false,
      shouldUpgradeCallback: asksForWebSocket,
    },
    ...(options.tls === undefined
      ? {}
      : {
          https: {
            ...options.tls,
            minVersion: "TLSv1.2" as const,
            maxHeaderSize: HEADER_BYTES,
            headersTimeout: ARRIVAL,
            requireHostHeader: false,
            shouldUpgradeCallback: asksForWebSocket,
          },
        }),
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      answerProblem(error, request, reply),
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      if (!socket.writable || error.code === "ECONNRESET") {
        socket.destroy();
        return;
      }
      socket.end(clientProblem(error.code ?? ""));
    },
  } as Parameters<typeof Fastify>[0]) as unknown as FastifyInstance;

  app.decorateRequest("principal", undefined);
  app.setErrorHandler(answerProblem);
  acceptJson(app);
  await app.register(helmet, securityHeaders(options.tls !== undefined));
  await app.register(cookie);
  await app.register(rateLimit, { global: false });
  const limits = config.Limits.RequestsPerMinute;
  const limiter = createRateLimiter(app, {
    perAddress: limits.Address,
    perPrincipal: limits.User,
    perStranger: limits.Stranger,
    ...(options.servers === undefined ? {} : { servers: options.servers }),
  });
  observe(app, metrics);
  app.decorate("admit", async (request: FastifyRequest, principal: Principal | undefined) => {
    request.principal = principal;
    await limiter.principal(request, principal);
  });
  app.addHook("onRequest", async (request, reply) => {
    // Found out by a proxy's header it would be asked of the socket, which goes with the body.
    Object.defineProperty(request, "ip", { value: request.ip });
    reply.header("x-request-id", request.id);
    if (options.name !== undefined) reply.header("x-sluice-server", options.name);
    // What one person sees is nobody else's; routes that may be kept say so themselves.
    reply.header("cache-control", "no-store");
    const { isOpen, isSlow, authenticatesItself } = request.routeOptions.config;
    if (ending.signal.aborted && isOpen !== true) {
      reply.header("connection", "close").header("retry-after", "2");
      throw isStopping();
    }
    await limiter.address(request);
    requireOneHost(request);
    if (isSlow !== true) expectSoon(request.raw);
    if (isOpen === true || authenticatesItself === true) return;
    await app.admit(request, await options.authenticate(request));
  });
  app.addHook("preClose", async () => ending.abort());
  endQuietConnections(app, ending.signal);
  acceptWebSockets(app);
  // Node's own answer to an Expect that it does not know is none of ours.
  app.server.on("checkExpectation", (...pair) => app.server.emit("request", ...pair));

  const { implementations, plugins = [], audit, database, clusters } = options;
  const stopping = AbortSignal.any([ending.signal, ...(options.leaving ? [options.leaving] : [])]);
  serveHealth(app, { database, clusters, metrics, stopping });
  const routes = implementations.map(({ route }) => route);
  serveDocuments(app, { routes, version: options.version, viewer: options.docsViewer });
  if (options.portal !== undefined) await servePortal(app, { folder: options.portal, random });
  await mount(app, implementations, {
    audit,
    bodyLimit: config.Limits.BodyKiB * 1024,
    stopping: ending.signal,
  });
  for (const plugin of plugins) await app.register(plugin);
  const methodsAt = methodsOf(implementations);
  app.setNotFoundHandler((request, reply) => {
    const page = app.portalPage?.(request, reply);
    if (page !== undefined) return page;
    const allowed = methodsAt(request.url);
    throw allowed.length === 0 ? routeNotFound() : new MethodNotAllowed(allowed);
  });
  return app;
}

function securityHeaders(isSecure: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", "data:"],
      },
    },
    // An address that is once asked by http would never be again.
    strictTransportSecurity: isSecure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: "no-referrer" as const },
    xFrameOptions: { action: "deny" as const },
  };
}

/** Node would refuse what has none with an answer that is no problem, and let two pass. */
function requireOneHost({ raw }: FastifyRequest): void {
  const names = raw.rawHeaders.filter((_, index) => index % 2 === 0);
  const { length } = names.filter((name) => name.toLowerCase() === "host");
  if (length > 1 || (length === 0 && raw.httpVersion === "1.1")) {
    throw invalid("a request has one Host header");
  }
}

function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.id);
  // What a cloud has not is nobody's failure.
  const isFailure = problem.status >= 500 && problem.status !== 501;
  if (isFailure) request.log.error({ err: error, code: problem.code }, "failed");
  const seconds = RETRY_AFTER.get(request);
  if (seconds !== undefined) reply.header("retry-after", `${seconds}`);
  else if (problem.status === 503) reply.header("retry-after", "2");
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="sluice"');
  if (error instanceof MethodNotAllowed) reply.header("allow", error.allowed.join(", "));
  reply.removeHeader("content-length");
  reply.removeHeader("content-disposition");
  reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

/** Says which methods an address has. */
function methodsOf(implementations: readonly Implementation[]): (url: string) => readonly string[] {
  const patterns = implementations.map(({ route: { path, method } }) => {
    const words = path.split(/\{[^}]+\}/).map((text) => text.replace(/[.-]/g, "\\$&"));
    return { method, pattern: new RegExp(`^${words.join("[^/]+")}$`) };
  });
  return (url) => {
    const path = url.split("?", 1)[0] ?? "";
    const found = patterns.filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.map(({ method }) => method))].toSorted();
  };
}

/** For what is not even HTTP: there is no request to answer then, only its socket. */
function clientProblem(code: string): string {
  const isLarge = code === "HPE_HEADER_OVERFLOW";
  const status = isLarge ? "431 Request Header Fields Too Large" : "400 Bad Request";
  const body = JSON.stringify({
    type: "urn:sluice:problem:request-invalid",
    title: status.slice(4),
    status: isLarge ? 431 : 400,
    code: "REQUEST_INVALID",
    detail: isLarge ? "the headers are too large" : "this is not an HTTP request",
  });
  return `HTTP/1.1 ${status}\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
}
