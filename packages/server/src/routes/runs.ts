import type { Readable } from "node:stream";
import { type BodyOf, RUN_STATE_WORDS, type RunView, runsRoutes } from "@sluice/api";
import type { Run, RunState, Runs, RunWish } from "@sluice/jobs";
import { clusterNotFound } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import type { ServerDeps } from "../deps.ts";
import { sendAsAttachment } from "../files/attachment.ts";
import { followBytes, startOf } from "../files/follow-events.ts";
import type { OutgoingEvent } from "../http/event-response.ts";
import { type Call, type Implementation, implement } from "../http/handler.ts";
import type { Principal } from "../identity/principal.ts";
import { mayUse, runViewerOf } from "../runs/viewers.ts";

export interface RunsParts extends Pick<ServerDeps, "clusters"> {
  readonly runs: Runs;
}

const OUTPUT = "output.log";

export function runsImplementations({ runs, clusters }: RunsParts): readonly Implementation[] {
  const wishOf = async (
    principal: Principal,
    body: BodyOf<typeof runsRoutes.previewRun>,
  ): Promise<RunWish> => {
    const cluster =
      body.cluster ?? clusterField(body.values) ?? (await clusters.defaultCluster()).name;
    if (!mayUse(principal, cluster)) throw clusterNotFound(cluster);
    const { application, version, name, values, keepSeconds } = body;
    return {
      ...{ application, cluster, values },
      ...(version === undefined ? {} : { version }),
      ...(name === undefined ? {} : { name }),
      ...(keepSeconds === undefined ? {} : { keepSeconds }),
    };
  };
  return [
    implement(runsRoutes.listRuns, async ({ principal, query }) => {
      const { state, cluster, application, search, cursor } = query;
      const { runs: found, ...page } = await runs.list(runViewerOf(principal), {
        ...{ of: query.of, limit: query.limit },
        ...(state === undefined ? {} : { states: statesOf(state) }),
        ...(cluster === undefined ? {} : { cluster }),
        ...(application === undefined ? {} : { application }),
        ...(search === undefined ? {} : { text: search }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { ...page, items: found.map(viewOf) };
    }),

    implement(runsRoutes.createRun, async ({ principal, body, audit, idempotencyKey }) => {
      const { draft, ...rest } = body;
      const wish = {
        ...(await wishOf(principal, rest)),
        ...(idempotencyKey === undefined ? {} : { clientKey: idempotencyKey }),
      };
      audit.detail({ application: wish.application, cluster: wish.cluster, draft });
      const viewer = runViewerOf(principal);
      const run = draft ? await runs.draft(viewer, wish) : await runs.start(viewer, wish);
      audit.target(`run ${run.id}`);
      return viewOf(run);
    }),

    implement(runsRoutes.previewRun, async ({ principal, body }) => {
      const wish = await wishOf(principal, body);
      const { errors, job } = await runs.preview(runViewerOf(principal), wish);
      return {
        errors: [...errors],
        ...(job === undefined ? {} : { job: { ...job, options: [...job.options] } }),
      };
    }),

    implement(runsRoutes.getRun, async ({ principal, params }) =>
      viewOf(await runs.get(runViewerOf(principal), params.run)),
    ),

    implement(runsRoutes.updateRun, async ({ principal, params, body, audit }) => {
      audit.target(`run ${params.run}`);
      return viewOf(await runs.change(runViewerOf(principal), params.run, changeOf(body)));
    }),

    implement(runsRoutes.submitRun, async ({ principal, params, audit }) => {
      audit.target(`run ${params.run}`);
      return viewOf(await runs.submit(runViewerOf(principal), params.run));
    }),

    implement(runsRoutes.rerunRun, async ({ principal, params, body, audit, idempotencyKey }) => {
      audit.target(`run ${params.run}`);
      const viewer = runViewerOf(principal);
      const { cluster } = await runs.get(viewer, params.run);
      if (!mayUse(principal, cluster)) throw clusterNotFound(cluster);
      const run = await runs.rerun(viewer, params.run, changeOf(body), idempotencyKey);
      audit.detail({ made: run.id });
      return viewOf(run);
    }),

    implement(runsRoutes.cancelRun, async ({ principal, params, audit }) => {
      audit.target(`run ${params.run}`);
      return viewOf(await runs.cancel(runViewerOf(principal), params.run));
    }),

    implement(runsRoutes.deleteRun, async ({ principal, params, audit }) => {
      audit.target(`run ${params.run}`);
      await runs.remove(runViewerOf(principal), params.run);
    }),

    implement(runsRoutes.getRunShares, async ({ principal, params }) => ({
      shares: [...(await runs.shares(runViewerOf(principal), params.run))],
    })),

    implement(runsRoutes.shareRun, async ({ principal, params, body, audit }) => {
      audit.target(`run ${params.run}`);
      audit.detail(body);
      await runs.share(runViewerOf(principal), params.run, body.shares);
    }),

    implement(runsRoutes.listRunFiles, async ({ principal, params, query }) => {
      const entries = await runs.files(runViewerOf(principal), params.run, query.path ?? "");
      const items = entries.map(({ name, kind, size, modified }) => ({
        ...{ name, kind, size },
        modified: modified.toISOString(),
      }));
      return { items };
    }),

    implement(runsRoutes.readRunFile, async ({ principal, params, query, reply }) => {
      const file = await runs.file(runViewerOf(principal), params.run, query.path);
      const { entry, content } = await file.worker.read(file.path);
      sendAsAttachment(reply, entry.name);
      reply.header("content-length", entry.size);
      return content;
    }),

    implement(runsRoutes.uploadRunInput, async ({ principal, params, request, audit }) => {
      audit.target(`run ${params.run}`);
      audit.detail({ input: params.name });
      const viewer = runViewerOf(principal);
      const content = request.body as Readable;
      const { name, size } = await runs.upload(viewer, params.run, params.name, content);
      return { path: `inputs/${name}`, size };
    }),

    implement(runsRoutes.followRunFile, async (call) => followed(runs, call)),

    implement(runsRoutes.downloadRun, async ({ principal, params, query, reply }) => {
      const viewer = runViewerOf(principal);
      const { name } = await runs.get(viewer, params.run);
      const archive = await runs.archive(viewer, params.run, query.format);
      sendAsAttachment(reply, `${name}.${query.format}`);
      return archive;
    }),
  ];
}

async function followed(
  runs: Runs,
  { principal, params, query, request, signal }: Call<typeof runsRoutes.followRunFile>,
): Promise<AsyncIterable<OutgoingEvent>> {
  const viewer = runViewerOf(principal);
  const { worker, path } = await runs.file(viewer, params.run, query.path ?? OUTPUT);
  return followBytes(worker, { path, from: startOf(request, query.offset), signal });
}

/** An application may ask for the cluster itself. */
function clusterField(values: Readonly<Record<string, unknown>>): string | undefined {
  const { cluster } = values;
  return typeof cluster === "string" && cluster !== "" ? cluster.slice(0, 60) : undefined;
}

function changeOf({ name, values, keepSeconds }: BodyOf<typeof runsRoutes.updateRun>) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(values === undefined ? {} : { values }),
    ...(keepSeconds === undefined ? {} : { keepSeconds }),
  };
}

function statesOf(text: string): readonly RunState[] {
  const words = text.split(",").filter((word) => word !== "");
  const known: readonly string[] = RUN_STATE_WORDS;
  const wrong = words.find((word) => !known.includes(word));
  if (wrong === undefined) return words as RunState[];
  throw new SluiceError(
    "REQUEST_INVALID",
    "user",
    `${JSON.stringify(wrong)} is no state of a run`,
    {
      hint: `write one of ${known.join(", ")}`,
    },
  );
}

function viewOf(run: Run): RunView {
  const times = {
    submittedAt: run.submittedAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    expiresAt: run.expiresAt,
  };
  const shownTimes = Object.entries(times).flatMap(([name, time]) =>
    time === undefined ? [] : [[name, time.toISOString()]],
  );
  const { jobId, jobState, error, keepSeconds, purgeError } = run;
  const rest = Object.entries({ jobId, jobState, error, keepSeconds, purgeError });
  return {
    ...{ id: run.id, name: run.name, owner: run.owner, isOwn: run.isOwn, cluster: run.cluster },
    ...{ unixUser: run.unixUser, application: run.application, folder: run.folder },
    ...{ values: { ...run.values }, state: run.state, createdAt: run.createdAt.toISOString() },
    ...Object.fromEntries(rest.filter(([, value]) => value !== undefined)),
    ...Object.fromEntries(shownTimes),
  };
}
