import { SlurmRefusal as Refusal, type SlurmRefusal, type Submissions } from "@sluice/jobs";
import { isSluiceError, SluiceError } from "@sluice/model";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { askerOf } from "../audit/asker.ts";
import type { AuditEntry } from "../audit/contract.ts";
import type { ServedCluster } from "../clusters/directory.ts";
import type { ServerDeps } from "../deps.ts";
import { checkAccess, notAuthenticated } from "../http/access.ts";
import { routeNotFound } from "../http/problems.ts";
import { idempotencyKeyOf } from "../http/request-parts.ts";
import { httpStatusOf } from "../http/statuses.ts";
import type { Principal } from "../identity/principal.ts";
import { SlurmProblem } from "./answers.ts";
import { checkHasJob, checkPitfalls } from "./bodies.ts";
import { type CallerParts, Callers } from "./callers.ts";
import type { SlurmOperation } from "./document.ts";
import { type KnownSlurm, SlurmDocuments } from "./documents.ts";
import { queryOf, segmentsIn } from "./path.ts";
import { SlurmReads } from "./reads.ts";
import { askSlurmrestd, type SlurmAnswer } from "./upstream.ts";

export interface SlurmApiParts
  extends Pick<ServerDeps, "config" | "clusters" | "database" | "audit" | "clock">,
    Pick<CallerParts, "authenticate" | "authenticateToken"> {
  readonly submissions: Submissions;
}

/** Scripts of jobs may have 4 MiB. */
const BODY_LIMIT = 8 << 20;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const PLACES = ["/slurm/*", "/slurmdb/*", "/openapi", "/openapi/*", "/openapi.json"];

/**
 * slurmrestd's own interface, `/slurm/…` and `/slurmdb/…`, of the default cluster, and below
 * `/clusters/{name}` of each. Whoever asks is somebody, asks as nobody else, and what is asked is
 * what slurmrestd's document has, before it gets there.
 */
export function slurmApi(parts: SlurmApiParts): FastifyPluginAsync {
  const gate = new SlurmGate(parts);
  return async (app) => {
    for (const place of PLACES) {
      for (const url of [place, `/clusters/:cluster${place}`]) {
        app.route({
          method: [...METHODS],
          url,
          bodyLimit: BODY_LIMIT,
          config: { authenticatesItself: true, operation: "slurmrestd" },
          handler: (request, reply) => gate.handle(app, request, reply),
        });
      }
    }
  };
}

/** One request, as far as it is known. */
interface Asked {
  readonly cluster: ServedCluster;
  readonly principal: Principal;
  readonly user: string;
  readonly isOther: boolean;
  readonly operation: SlurmOperation;
  readonly version: string;
  /** Slurm took the job. */
  readonly onTaken: () => void;
}

class SlurmGate {
  readonly #parts: SlurmApiParts;
  readonly #callers: Callers;
  readonly #documents: SlurmDocuments;
  readonly #reads: SlurmReads;

  constructor(parts: SlurmApiParts) {
    this.#parts = parts;
    const { AcceptSlurmTokens: acceptsSlurmTokens } = parts.config.Slurm;
    this.#callers = new Callers({ ...parts, acceptsSlurmTokens });
    this.#documents = new SlurmDocuments(parts.clock);
    this.#reads = new SlurmReads(parts.clock);
  }

  async handle(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
    try {
      const { status, contentType, body } = await this.#answer(app, request);
      return reply.code(status).type(contentType).send(body);
    } catch (error) {
      throw new SlurmProblem(error);
    }
  }

  async #answer(app: FastifyInstance, request: FastifyRequest): Promise<SlurmAnswer> {
    const { cluster: name } = request.params as { readonly cluster?: string };
    const clusterOf = () =>
      name === undefined ? this.#parts.clusters.defaultCluster() : this.#parts.clusters.get(name);
    const segments = segmentsIn(request.url.split("?", 1)[0] ?? "")?.slice(
      name === undefined ? 0 : 2,
    );
    const isChange = segments !== undefined && isChangeOf(request.method, segments);
    const principal = await this.#callers.caller(request, clusterOf, { isChange });
    await app.admit(request, principal);
    if (principal === undefined) throw notAuthenticated();
    const cluster = await clusterOf();
    if (segments === undefined) throw routeNotFound();
    const access = isChange
      ? ({ role: "user", on: "cluster", scope: "slurm:write" } as const)
      : ({ role: "read-only", on: "cluster", scope: "slurm:read" } as const);
    const isSubmission =
      request.method === "POST" && /^job\/(submit|allocate)$/.test(segments.slice(-2).join("/"));
    const audit = auditOf(request, cluster, segments);
    try {
      checkAccess(access, principal, cluster.name);
      const as = await this.#callers.actsAs(request, principal, cluster, { isSubmission });
      const who = as.isOther ? { actingAs: as.user } : {};
      let told: Promise<void> | undefined;
      const tell = async (status: number): Promise<void> => {
        if (!isChange && !as.isOther) return;
        told ??= this.#parts.audit.write({ ...audit, ...who, ...resultOf(status) });
        await told;
      };
      // Beside the submission's own commit; what fails then is tried again after it.
      const onTaken = () =>
        void tell(200).catch(() => {
          told = undefined;
        });
      try {
        const asked = { cluster, principal, ...as, onTaken };
        const answer = await this.#asked(request, segments, asked);
        await tell(answer.status);
        return answer;
      } catch (error) {
        await tell(statusOf(error));
        throw new Told(error);
      }
    } catch (error) {
      if (error instanceof Told) throw error.cause;
      const named = request.headers["x-slurm-user-name"];
      const actingAs = typeof named === "string" ? { actingAs: named.slice(0, 64) } : {};
      if (isChange || named !== undefined) {
        await this.#parts.audit.write({ ...audit, ...actingAs, result: "refused" });
      }
      throw error;
    }
  }

  async #asked(
    request: FastifyRequest,
    segments: readonly string[],
    who: Omit<Asked, "operation" | "version">,
  ): Promise<SlurmAnswer> {
    const gateway = await who.cluster.gateway();
    const slurm = await this.#documents.of(gateway, who.user);
    if (segments[0]?.startsWith("openapi")) {
      if (request.method !== "GET") throw routeNotFound();
      return slurm.answer;
    }
    const [place = "", asked = "", ...rest] = segments;
    const version = asked === "latest" ? (slurm.versions.at(-1) ?? asked) : asked;
    const operation = slurm.document.find(request.method, [place, version, ...rest]);
    if (operation === undefined) throw unknownOperation(asked, slurm);
    const query = queryOf(request.url.split("?").slice(1).join("?"), operation.query);
    checkPitfalls(request.body);
    operation.checkBody(request.body);
    if (operation.template.endsWith("/job/submit")) {
      checkHasJob(request.body);
      return this.#submit(request, { ...who, operation, version });
    }
    const question = {
      method: request.method,
      path: `${operation.path}${query}`,
      accept: acceptOf(request),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    };
    const ask = () => askSlurmrestd(gateway, who.user, question);
    if (isChangeOf(request.method, segments)) {
      try {
        return await ask();
      } finally {
        this.#reads.changed(who.cluster.name);
      }
    }
    if (request.body !== undefined) return ask();
    const path = `${question.accept} ${question.path}`;
    return this.#reads.read({ cluster: who.cluster.name, user: who.user, path }, ask);
  }

  async #submit(request: FastifyRequest, asked: Asked): Promise<SlurmAnswer> {
    const key = idempotencyKeyOf(request);
    try {
      const { answer } = await this.#parts.submissions.submit({
        cluster: asked.cluster.name,
        unixUser: asked.user,
        principalId: asked.principal.id,
        ...(key === undefined ? {} : { idempotencyKey: key }),
        job: { by: "slurmrestd", version: asked.version, body: request.body },
        onTaken: asked.onTaken,
      });
      return json(200, answer);
    } catch (error) {
      const answer = error instanceof Refusal ? (error as SlurmRefusal).answer : undefined;
      if (answer === undefined) throw error;
      return json(answer.status, answer.body);
    } finally {
      this.#reads.changed(asked.cluster.name);
    }
  }
}

/** It is in the audit log already. */
class Told extends Error {
  constructor(cause: unknown) {
    super("told", { cause });
  }
}

/** Some of slurmrestd's GETs change things. */
function isChangeOf(method: string, segments: readonly string[]): boolean {
  return method !== "GET" || ["reconfigure", "requeue"].includes(segments.at(-1) ?? "");
}

function json(status: number, body: unknown): SlurmAnswer {
  return { status, contentType: "application/json", body: Buffer.from(JSON.stringify(body ?? {})) };
}

function acceptOf({ headers }: FastifyRequest): string {
  return /application\/(x-|openapi\+)?yaml/i.test(headers.accept ?? "") &&
    !/json/i.test(headers.accept ?? "")
    ? "application/yaml"
    : "application/json";
}

function auditOf(
  request: FastifyRequest,
  cluster: ServedCluster,
  segments: readonly string[],
): Omit<AuditEntry, "result"> {
  return {
    ...askerOf(request),
    action: `slurmrestd ${request.method}`,
    target: `cluster ${cluster.name}, /${segments.join("/").slice(0, 200)}`,
  };
}

function resultOf(status: number): Pick<AuditEntry, "result" | "detail"> {
  const result = status < 400 ? "done" : status < 500 ? "refused" : "failed";
  return { result, detail: { status } };
}

function statusOf(error: unknown): number {
  return isSluiceError(error) ? httpStatusOf(error) : 500;
}

function unknownOperation(version: string, { versions }: KnownSlurm): SluiceError {
  const isVersion = versions.includes(version) || version === "latest";
  return new SluiceError(
    "SLURM_OPERATION_NOT_FOUND",
    "user",
    isVersion
      ? "slurmrestd has no such operation"
      : `this cluster's slurmrestd has no ${JSON.stringify(version.slice(0, 40))}`,
    { hint: `It has ${versions.join(", ")} and latest; see /openapi/v3` },
  );
}
