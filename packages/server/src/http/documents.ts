import { openApiDocument, type Route } from "@sluice/api";
import type { FastifyInstance } from "fastify";

/** The program of the page and its looks: Swagger UI, which asks nobody else for anything. */
export interface DocumentsViewer {
  readonly script: string | Uint8Array;
  readonly style: string | Uint8Array;
}

export interface DocumentsOptions {
  readonly routes: readonly Route[];
  readonly version: string;
  /** Asked when somebody looks first. */
  readonly viewer: () => Promise<DocumentsViewer>;
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice: the interface</title>
<link rel="stylesheet" href="/api/docs/viewer.css">
<script type="module" src="/api/docs/page.js"></script>
</head>
<body><main id="interface"></main></body>
</html>
`;

/** A session's changes have to bring its token along, also those that are tried here. */
const SCRIPT = `async function withToken(request) {
  if (["GET", "HEAD"].includes((request.method ?? "GET").toUpperCase())) return request;
  const me = await fetch("/api/v1/session").then((answer) => (answer.ok ? answer.json() : {}));
  if (me.csrfToken) request.headers["x-sluice-csrf"] = me.csrfToken;
  return request;
}

function show() {
  SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#interface",
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    defaultModelsExpandDepth: -1,
    validatorUrl: null,
    requestInterceptor: withToken,
  });
}

const viewer = document.createElement("script");
viewer.src = "/api/docs/viewer.js";
viewer.addEventListener("load", show);
document.head.append(viewer);
`;

/** What the page may do: its pictures are in its style. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
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
  let loaded: Promise<DocumentsViewer> | undefined;
  const part = async (name: keyof DocumentsViewer) => {
    loaded ??= viewer();
    return (await loaded)[name];
  };
  app.get("/api/v1/openapi.json", OPEN, (_request, reply) =>
    reply.type("application/json").header("cache-control", "no-cache").send(document),
  );
  app.get("/api/docs", OPEN, (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", PAGE_POLICY)
      .send(PAGE),
  );
  app.get("/api/docs/page.js", OPEN, (_request, reply) =>
    reply.type("text/javascript; charset=utf-8").header("cache-control", "no-cache").send(SCRIPT),
  );
  app.get("/api/docs/viewer.js", OPEN, async (_request, reply) =>
    reply
      .type("text/javascript; charset=utf-8")
      .header("cache-control", "max-age=3600")
      .send(await part("script")),
  );
  app.get("/api/docs/viewer.css", OPEN, async (_request, reply) =>
    reply
      .type("text/css; charset=utf-8")
      .header("cache-control", "max-age=3600")
      .send(await part("style")),
  );
}

/** Nobody has to be known for these. */
export const OPEN = { config: { isOpen: true } };
