import type { NodeManager, ResumeRequest } from "@sluice/capacity";
import { expandHostList, parseResumeRequest } from "@sluice/slurm";
import Fastify, { type FastifyInstance } from "fastify";

export type HookedManager = Pick<
  NodeManager,
  "resume" | "suspend" | "controllerStarted" | "awaitJob"
>;

/** What slurmctld's hooks call. Bodies are text: a host list in the first line. */
export function buildHookApi({ manager }: { readonly manager: HookedManager }): FastifyInstance {
  const app = Fastify({ bodyLimit: 16 << 20, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));

  app.post("/resume", async (request) => {
    manager.resume(resumeRequest(String(request.body)));
    return "";
  });
  for (const path of ["/suspend", "/resume-fail"]) {
    app.post(path, async (request) => {
      manager.suspend(expandHostList(firstLine(String(request.body))));
      return "";
    });
  }
  app.post("/slurmctld-started", async () => {
    manager.controllerStarted();
    return "";
  });
  app.post<{ Querystring: { job?: string } }>("/prolog", async (request) => {
    const gone = new AbortController();
    request.raw.socket.once("close", () => gone.abort());
    const jobId = Number(request.query.job);
    const nodes = expandHostList(firstLine(String(request.body)));
    const verdict = await manager.awaitJob({ jobId, nodes }, gone.signal);
    return verdict.start ? "start" : "give-back";
  });
  return app;
}

function firstLine(body: string): string {
  return body.split("\n", 1)[0]?.trim() ?? "";
}

/** The file may be missing (slurmctld removes it after ten seconds), or of a format yet unknown. */
function resumeRequest(body: string): ResumeRequest {
  const nodes = expandHostList(firstLine(body));
  try {
    const { jobs } = parseResumeRequest(body.slice(body.indexOf("\n") + 1));
    return {
      nodes,
      jobs: jobs.map((job) => ({ id: job.job_id, nodes: expandHostList(job.nodes_alloc) })),
    };
  } catch {
    return { nodes };
  }
}
