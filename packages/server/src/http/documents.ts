import { openApiDocument, type Route } from "@sluice/api";
import type { FastifyInstance } from "fastify";

export interface DocumentsOptions {
  readonly routes: readonly Route[];
  readonly version: string;
  /** The program of the page: RapiDoc, which asks nobody else for anything. */
  readonly viewer: () => Promise<string | Uint8Array>;
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice: the interface</title>
<script type="module" src="/api/docs/viewer.js"></script>
</head>
<body>
<rapi-doc spec-url="/api/v1/openapi.json" load-fonts="false" show-header="false" render-style="read"
  allow-spec-url-load="false" allow-spec-file-load="false" allow-server-selection="false"
  use-path-in-nav-bar="true" show-method-in-nav-bar="as-colored-text" theme="light"></rapi-doc>
</body>
</html>
`;

/** What the page may do: its styles are set by its own program, everything else as elsewhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The OpenAPI document, and a page to read and try it. For everybody: it holds nothing of the site. */
export function serveDocuments(app: FastifyInstance, options: DocumentsOptions): void {
  const { routes, version, viewer } = options;
  const document = JSON.stringify(
    openApiDocument(routes, {
      title: "Sluice",
      version,
      description: "Clusters, jobs, files, applications and events of a site.",
    }),
  );
  let script: Promise<string | Uint8Array> | undefined;
  app.get("/api/v1/openapi.json", OPEN, (_request, reply) =>
    reply.type("application/json").header("cache-control", "no-cache").send(document),
  );
  app.get("/api/docs", OPEN, (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", PAGE_POLICY)
      .send(PAGE),
  );
  app.get("/api/docs/viewer.js", OPEN, async (_request, reply) => {
    script ??= viewer();
    return reply
      .type("text/javascript; charset=utf-8")
      .header("cache-control", "max-age=3600")
      .send(await script);
  });
}

/** Nobody has to be known for these. */
export const OPEN = { config: { isOpen: true } };
