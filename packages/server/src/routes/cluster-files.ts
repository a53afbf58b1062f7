import { createHash } from "node:crypto";
import { type ClusterFileAdvice, clusterFilesRoutes } from "@sluice/api";
import {
  type Advice,
  clusterJsonSchema,
  findingsError,
  PROVIDERS_THAT_RUN,
  SluiceError,
} from "@sluice/model";
import type { FileWork } from "../clusters/files/file-work.ts";
import { sampleFile } from "../clusters/files/samples.ts";
import { MOST_OF_STRANGERS } from "../clusters/routes/changes.ts";
import { isAtLeastOn } from "../clusters/sight.ts";
import { spaced } from "../clusters/spaced.ts";
import type { ServerDeps } from "../deps.ts";
import { type Implementation, implement, SENT } from "../http/handler.ts";
import { tooLarge } from "../http/problems.ts";
import type { Principal } from "../identity/principal.ts";

export interface ClusterFilesParts extends Pick<ServerDeps, "clock"> {
  readonly files: FileWork;
}

/** Seconds for which a browser need not ask whether the schema is another. */
const SCHEMA_FRESH = 3600;

export function clusterFilesImplementations({
  clock,
  files,
}: ClusterFilesParts): readonly Implementation[] {
  const inTurn = spaced(clock);
  /** Everybody may have files read, so those who are not administrators wait for each other. */
  const fairly = <T>(principal: Principal, text: string, work: () => Promise<T>): Promise<T> => {
    if (isAtLeastOn(principal, "*", "administrator")) return work();
    if (text.length > MOST_OF_STRANGERS) throw tooLarge();
    return inTurn(work);
  };
  let schema: { readonly text: string; readonly etag: string } | undefined;
  let samples: readonly { readonly provider: string; readonly text: string }[] | undefined;
  return [
    implement(clusterFilesRoutes.adviseOnClusterFile, async ({ body, principal }) => {
      const { clusterConfiguration: text } = body;
      const result = await fairly(principal, text, () => files.run("advise", text));
      const { valid, findings, savable } = result;
      return { valid, findings, advice: result.advice.map(view), savableUsdPerMonth: savable };
    }),

    implement(clusterFilesRoutes.fixClusterFile, async ({ body, principal }) => {
      const { clusterConfiguration: text, ...wish } = body;
      const result = await fairly(principal, text, () => files.run("fix", text, wish));
      if (result.ok === "none") throw notApplicable(result.why);
      if (!result.ok) throw findingsError(result.findings);
      const applied = result.applied.map(({ id, subject, fix }) => ({
        ...{ id, subject, does: fix?.does ?? "" },
      }));
      return { text: result.text, applied, left: result.left.map(view) };
    }),

    implement(clusterFilesRoutes.getClusterFileSchema, async ({ request, reply }) => {
      schema ??= schemaOf();
      reply
        .header("cache-control", `private, max-age=${SCHEMA_FRESH}`)
        .header("etag", schema.etag)
        .type("application/schema+json; charset=utf-8");
      const known = request.headers["if-none-match"]?.split(",").map((one) => one.trim()) ?? [];
      if (known.includes(schema.etag)) reply.code(304).send();
      else reply.send(schema.text);
      return SENT;
    }),

    implement(clusterFilesRoutes.listClusterFileSamples, async () => {
      samples ??= PROVIDERS_THAT_RUN.map((provider) => ({ provider, text: sampleFile(provider) }));
      return { items: samples };
    }),
  ];
}

function schemaOf() {
  const text = JSON.stringify(clusterJsonSchema());
  const digest = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  return { text, etag: `"${digest}"` };
}

function view(advice: Advice): ClusterFileAdvice {
  const { id, subject, title, level, evidence, why, inferred, cost, fix, alternatives } = advice;
  return {
    ...{ id, subject, title, level, evidence, why, cost, alternatives },
    ...(inferred === undefined ? {} : { inferred }),
    ...(fix === undefined
      ? {}
      : { fix: { does: fix.does, safe: fix.safe, takesNewCluster: fix.takesNewCluster } }),
  };
}

function notApplicable(why: string): SluiceError {
  return new SluiceError("ADVICE_NOT_APPLICABLE", "user", why, {
    hint: "ask for the advice again: the file may be another",
  });
}
