import type { Access } from "@sluice/api";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { askerOf } from "../audit/asker.ts";
import { checkAccess } from "../http/access.ts";
import { RETRY_AFTER } from "../http/limits.ts";
import { clusterAnswerers, configurationPath } from "./clusters.ts";
import { type DocumentedOperation, OPENAPI, OPERATIONS } from "./document.ts";
import { imageAnswerers, imageConfigurationPath } from "./images.ts";
import { FileLinks } from "./links.ts";
import { logAnswerers } from "./logs.ts";
import type { Answer, Answerer, ParallelClusterParts } from "./parts.ts";
import { Refusal, refusalOf } from "./refusal.ts";
import { readRequest } from "./request.ts";

const ANSWERERS: Readonly<Record<string, Answerer>> = {
  ...clusterAnswerers,
  ...logAnswerers,
  ...imageAnswerers,
};

const onSite = (role: "read-only" | "administrator", scope: Access["scope"]): Access => ({
  role,
  on: "site",
  ...(scope === undefined ? {} : { scope }),
});
const onCluster = (role: "read-only" | "operator" | "administrator", scope: Access["scope"]) =>
  ({ role, on: "cluster", ...(scope === undefined ? {} : { scope }) }) as const;

/** Who may ask what. */
const ACCESS: Readonly<Record<string, Access>> = {
  ListClusters: onSite("read-only", "clusters:read"),
  CreateCluster: onSite("administrator", "clusters:write"),
  DescribeCluster: onCluster("read-only", "clusters:read"),
  UpdateCluster: onCluster("administrator", "clusters:write"),
  DeleteCluster: onCluster("administrator", "clusters:write"),
  DescribeComputeFleet: onCluster("read-only", "clusters:read"),
  UpdateComputeFleet: onCluster("operator", "clusters:write"),
  DescribeClusterInstances: onCluster("read-only", "clusters:read"),
  DeleteClusterInstances: onCluster("operator", "clusters:write"),
  ListClusterLogStreams: onCluster("operator", "clusters:read"),
  GetClusterLogEvents: onCluster("operator", "clusters:read"),
  GetClusterStackEvents: onCluster("operator", "clusters:read"),
  ListImages: onSite("read-only", "clusters:read"),
  BuildImage: onSite("administrator", "clusters:write"),
  DescribeImage: onSite("read-only", "clusters:read"),
  DeleteImage: onSite("administrator", "clusters:write"),
  ListImageLogStreams: onSite("administrator", "clusters:read"),
  GetImageLogEvents: onSite("administrator", "clusters:read"),
  GetImageStackEvents: onSite("administrator", "clusters:read"),
  ListOfficialImages: onSite("read-only", "clusters:read"),
};

/** A cluster file, as JSON text. */
const BODY_BYTES = 1024 * 1024;

/** ParallelCluster's interface, so that its clients can be pointed here: `/v3/…`. */
export function parallelClusterApi(parts: ParallelClusterParts): FastifyPluginAsync {
  const links = new FileLinks(parts.siteKey, parts.clock, parts.publicUrl);
  return async (app) => {
    // Without a prefix in Fastify's eyes, so that what is not here is answered as elsewhere.
    app.setErrorHandler((error, request, reply) => answerError(parts, error, request, reply));
    for (const operation of OPERATIONS) {
      app.route({
        method: operation.method,
        url: operation.path,
        bodyLimit: BODY_BYTES,
        config: { operation: `parallelcluster.${operation.id}` },
        // Before the body is read: who is nobody is told so at once.
        preParsing: async ({ principal }) => {
          if (principal === undefined) throw new Refusal(401, "nobody is signed in");
        },
        handler: async (http, reply) => {
          const answer = await answerTo(parts, links, operation, http);
          reply.code(answer.status);
          return answer.body === undefined ? reply.send() : reply.send(answer.body);
        },
      });
    }
    app.get("/v3/openapi.json", { config: { isOpen: true } }, async () => OPENAPI);
    serveFiles(app, parts, links);
  };
}

async function answerTo(
  parts: ParallelClusterParts,
  links: FileLinks,
  operation: DocumentedOperation,
  http: FastifyRequest,
): Promise<Answer> {
  const { id, method } = operation;
  const answerer = ANSWERERS[id];
  const access = ACCESS[id];
  if (answerer === undefined || access === undefined) throw new Error(`nobody answers ${id}`);
  const { clusterName } = http.params as { readonly clusterName?: string };
  const isChange = method !== "GET";
  try {
    checkAccess(access, http.principal, clusterName);
    const { principal } = http;
    if (principal === undefined) throw new Refusal(401, "nobody is signed in");
    const request = readRequest(operation, http);
    const answer = await answerer({ parts, links, principal, request });
    if (isChange) await audit(parts, operation, http, "done");
    return answer;
  } catch (error) {
    const refusal = refusalOf(error, operation);
    if (refusal.status >= 500) http.log.error({ err: error }, `${id} failed`);
    const isDryrun = refusal.status === 412;
    if (isChange && !isDryrun) {
      await audit(parts, operation, http, refusal.status >= 500 ? "failed" : "refused", refusal);
    }
    return { status: refusal.status, body: refusal.body };
  }
}

async function audit(
  { audit: log }: ParallelClusterParts,
  { id }: DocumentedOperation,
  http: FastifyRequest,
  result: "done" | "refused" | "failed",
  refusal?: Refusal,
): Promise<void> {
  await log.write({
    ...askerOf(http),
    action: `parallelcluster.${id}`,
    target: targetOf(http),
    result,
    ...(refusal === undefined ? {} : { detail: { status: refusal.status } }),
  });
}

function targetOf({ params, body }: FastifyRequest): string {
  const { clusterName, imageId } = {
    ...(typeof body === "object" ? body : {}),
    ...(params as object),
  } as Readonly<Record<string, unknown>>;
  if (typeof clusterName === "string") return `cluster ${clusterName.slice(0, 100)}`;
  if (typeof imageId === "string") return `image ${imageId.slice(0, 130)}`;
  return "parallelcluster";
}

/** What failed before an operation was reached: who asks, limits, a body that is no JSON. */
function answerError(
  { log }: ParallelClusterParts,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const nothing = { id: "", statuses: new Set([400, 401, 404, 409, 429, 500]) };
  const refusal = refusalOf(error, nothing as unknown as DocumentedOperation);
  if (refusal.status >= 500) log.error({ err: error, reqId: request.id }, "failed");
  if (refusal.status === 401) reply.header("www-authenticate", 'Bearer realm="sluice"');
  const seconds = RETRY_AFTER.get(request);
  if (seconds !== undefined) reply.header("retry-after", `${seconds}`);
  reply.code(refusal.status).type("application/json").send(refusal.body);
}

/** The files that descriptions link to; the link itself is what lets somebody see one. */
function serveFiles(app: FastifyInstance, parts: ParallelClusterParts, links: FileLinks): void {
  const config = { isOpen: true, operation: "parallelcluster.configuration" };
  app.get<{ Params: { name: string; version: string } }>(
    "/v3/clusters/:name/configuration/:version",
    { config },
    async ({ params, query }, reply) => {
      const version = Number(params.version);
      requireGood(links, configurationPath(params.name, version), query);
      const { cloud } = await parts.clusters.get(params.name);
      const files = await cloud.infrastructure.files(params.name);
      const file = files.find((one) => one.version === version);
      if (file === undefined) throw new Refusal(404, "there is no such version");
      return sendFile(reply, file.text);
    },
  );
  app.get<{ Params: { region: string; id: string } }>(
    "/v3/images/configuration/:region/:id",
    { config },
    async ({ params, query }, reply) => {
      requireGood(links, imageConfigurationPath(params.region, params.id), query);
      const place = (await parts.clusters.clouds()).find(({ region }) => region === params.region);
      const image = await place?.cloud.images?.describe(params.id);
      if (image?.configText === undefined) throw new Refusal(404, "there is no such file");
      return sendFile(reply, image.configText);
    },
  );
}

function requireGood(links: FileLinks, path: string, query: unknown): void {
  if (links.isGood(path, query)) return;
  throw new Refusal(403, "the link is not good, or not any more: describe the thing again");
}

function sendFile(reply: FastifyReply, text: string): FastifyReply {
  return reply.type("text/plain; charset=utf-8").send(text);
}
