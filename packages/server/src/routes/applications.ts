import {
  type ApplicationDetail,
  type ApplicationPreview,
  type ApplicationSummary,
  applicationsRoutes,
} from "@sluice/api";
import {
  type Application,
  type Applications,
  type Field,
  findChoices,
  parseApplication,
  previewApplication,
  type StoredApplication,
} from "@sluice/jobs";
import type { Finding } from "@sluice/model";
import { maySee } from "../clusters/sight.ts";
import type { ServerDeps } from "../deps.ts";
import { type Implementation, implement } from "../http/handler.ts";
import { ownUnixUser } from "../jobs/sight.ts";
import { viewerOf } from "../runs/viewers.ts";

export interface ApplicationsParts extends Pick<ServerDeps, "clusters"> {
  readonly applications: Applications;
}

export function applicationsImplementations({
  applications,
  clusters,
}: ApplicationsParts): readonly Implementation[] {
  return [
    implement(applicationsRoutes.listApplications, async ({ principal }) => {
      const found = await applications.list(viewerOf(principal));
      return { items: found.map(summaryOf) };
    }),

    implement(applicationsRoutes.saveApplication, async ({ principal, body, audit }) => {
      const { text, note, over } = body;
      const options = { note, ...(over === undefined ? {} : { onlyOver: over }) };
      const saved = await applications.save(viewerOf(principal), text, options);
      audit.target(`application ${saved.name}`);
      audit.detail({ version: saved.latestVersion });
      return summaryOf(saved);
    }),

    implement(applicationsRoutes.validateApplication, async ({ body }) => {
      const parsed = parseApplication(body.text);
      return { findings: parsed.ok ? [] : parsed.findings.map(findingOf) };
    }),

    implement(applicationsRoutes.previewApplication, async ({ body }) => {
      const { text, values, cluster } = body;
      const { findings, application, errors, job } = previewApplication(text, values, cluster);
      return {
        findings: findings.map(findingOf),
        errors: [...errors],
        ...(application === undefined ? {} : { form: formOf(application) }),
        ...(job === undefined ? {} : { job: { ...job, options: [...job.options] } }),
      };
    }),

    implement(applicationsRoutes.getApplication, async ({ principal, params, query }) => {
      const { application } = params;
      return detailOf(await applications.get(viewerOf(principal), application, query.version));
    }),

    implement(applicationsRoutes.getApplicationText, async ({ principal, params, query }) => {
      const { application } = params;
      const found = await applications.text(viewerOf(principal), application, query.version);
      return { ...found, savedAt: found.savedAt.toISOString() };
    }),

    implement(applicationsRoutes.listApplicationVersions, async ({ principal, params }) => {
      const found = await applications.versions(viewerOf(principal), params.application);
      const items = found.map(({ version, savedBy, savedAt, note }) => ({
        ...{ version, savedBy, note },
        savedAt: savedAt.toISOString(),
      }));
      return { items };
    }),

    implement(applicationsRoutes.publishApplication, async ({ principal, params, body, audit }) => {
      audit.target(`application ${params.application}`);
      audit.detail(body);
      const version = body.version ?? undefined;
      return summaryOf(
        await applications.publish(viewerOf(principal), params.application, version),
      );
    }),

    implement(applicationsRoutes.restoreApplication, async ({ principal, params, audit }) => {
      audit.target(`application ${params.application}`);
      return summaryOf(await applications.restore(viewerOf(principal), params.application));
    }),

    implement(applicationsRoutes.getApplicationShares, async ({ principal, params }) => ({
      shares: [...(await applications.shares(viewerOf(principal), params.application))],
    })),

    implement(applicationsRoutes.shareApplication, async ({ principal, params, body, audit }) => {
      audit.target(`application ${params.application}`);
      audit.detail(body);
      await applications.share(viewerOf(principal), params.application, body.shares);
    }),

    implement(applicationsRoutes.deleteApplication, async ({ principal, params, audit }) => {
      audit.target(`application ${params.application}`);
      await applications.remove(viewerOf(principal), params.application);
    }),

    implement(applicationsRoutes.getApplicationChoices, async ({ principal, params, query }) => {
      const viewer = viewerOf(principal);
      const { application } = await applications.get(viewer, params.application, query.version);
      const user = ownUnixUser(principal, params.cluster);
      const gateway = await (await clusters.get(params.cluster)).gateway();
      const names = (await clusters.list()).map(({ name }) => name);
      const fields = await findChoices(application, gateway.user(user), {
        clusters: names.filter((name) => maySee(principal, name)),
        user,
      });
      return { fields: fields.map((field) => ({ ...field, choices: [...field.choices] })) };
    }),
  ];
}

function summaryOf(stored: StoredApplication): ApplicationSummary {
  const { Title, Description, Category, Icon } = stored.application;
  return {
    name: stored.name,
    title: Title,
    description: Description,
    category: Category,
    icon: Icon,
    owner: stored.owner,
    version: stored.version,
    latestVersion: stored.latestVersion,
    ...(stored.publishedVersion === undefined ? {} : { publishedVersion: stored.publishedVersion }),
    isLibrary: stored.isLibrary,
    mayEdit: stored.mayEdit,
    ...(stored.shares === undefined ? {} : { shares: [...stored.shares] }),
    changedAt: stored.changedAt.toISOString(),
  };
}

function findingOf({ level, line, column, path, message, suggestion }: Finding) {
  return { level, line, column, path, message, suggestion };
}

function formOf({ Name, Title, Fields }: Application): ApplicationPreview["form"] {
  return { name: Name, title: Title, fields: Fields.map(fieldOf) };
}

function detailOf(stored: StoredApplication): ApplicationDetail {
  return { ...summaryOf(stored), fields: stored.application.Fields.map(fieldOf) };
}

const OF_CLUSTER: ReadonlySet<string> = new Set(["cluster", "queue", "account", "licence"]);
const LISTS: ReadonlySet<string> = new Set(["words", "choices", "files"]);

function fieldOf(field: Field): ApplicationDetail["fields"][number] {
  const shown = {
    help: field.Help,
    placeholder: field.Placeholder,
    section: field.Section,
    default: field.Default,
    min: field.Min,
    max: field.Max,
    minLength: field.MinLength,
    maxLength: field.MaxLength,
    pattern: field.Pattern,
    patternHelp: field.PatternHelp,
    when: field.When,
    choices: field.Choices?.map(({ Value, Label }) => ({ value: Value, label: Label })),
  };
  const given = Object.entries(shown).filter(([, value]) => value !== undefined);
  return {
    name: field.Name,
    type: field.Type,
    label: field.Label ?? field.Name,
    required: field.Required,
    multiline: field.Multiline,
    isList: LISTS.has(field.Type),
    hasChoicesOfCluster: OF_CLUSTER.has(field.Type) || field.ChoicesFrom !== undefined,
    ...(Object.fromEntries(given) as typeof shown),
  } as ApplicationDetail["fields"][number];
}
