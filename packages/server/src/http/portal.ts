import { readFile } from "node:fs/promises";
import { join } from "node:path";
import serveFiles from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Random } from "../deps.ts";
import { OPEN } from "./documents.ts";

export interface PortalOptions {
  /** What `scripts/portal.mjs` made: `index.html`, and `assets/` each under a name of its content. */
  readonly folder: string;
  readonly random: Random;
}

/** Addresses that are no page's: whoever asks for one that is not there is told so. */
const NO_PAGE =
  /^\/(?:api|v3|slurm|slurmdb|clusters\/[^/]+\/slurm(?:db)?|assets|health|metrics)(?:\/|$)/;

/** Where the page's own style elements find what lets them be. */
const NONCE = '<meta name="csp-nonce" content="">';

const A_YEAR = "public, max-age=31536000, immutable";

/**
 * The portal's pages. Every address of one gets the same document, whose program knows the rest.
 * It may load and ask nothing that is not of this server.
 */
export async function servePortal(app: FastifyInstance, options: PortalOptions): Promise<void> {
  const { folder, random } = options;
  await app.register(serveFiles, {
    root: join(folder, "assets"),
    prefix: "/assets/",
    index: false,
    preCompressed: true,
    decorateReply: false,
    cacheControl: false,
    setHeaders: (reply) => void reply.header("cache-control", A_YEAR),
  });
  const page = await readFile(join(folder, "index.html"), "utf8");
  const icon = await readFile(join(folder, "favicon.svg"));
  const show = (reply: FastifyReply): FastifyReply => {
    const nonce = Buffer.from(random.bytes(18)).toString("base64");
    return reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", policy(nonce))
      .send(page.replace(NONCE, NONCE.replace('""', `"${nonce}"`)));
  };
  app.get("/", OPEN, (_request, reply) => show(reply));
  for (const path of ["/favicon.svg", "/favicon.ico"]) {
    app.get(path, OPEN, (_request, reply) =>
      reply.type("image/svg+xml").header("cache-control", "max-age=86400").send(icon),
    );
  }
  app.decorate("portalPage", (request: FastifyRequest, reply: FastifyReply) =>
    isPage(request) ? show(reply) : undefined,
  );
}

function isPage({ method, url, headers }: FastifyRequest): boolean {
  const path = url.split("?", 1)[0] ?? "";
  return method === "GET" && headers.accept?.includes("text/html") === true && !NO_PAGE.test(path);
}

/** Terminals and editors make style elements, which the nonce lets be; scripts come as files alone. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
