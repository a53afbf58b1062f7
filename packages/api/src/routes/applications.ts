import { z } from "zod";
import { type Route, route } from "../route.ts";

const shareSchema = z.strictObject({
  kind: z.enum(["everyone", "group", "user"]),
  name: z.string().max(255).default("").describe("of the group or user"),
  access: z.enum(["use", "edit"]).default("use"),
});

const heldShareSchema = z.object({
  kind: z.enum(["everyone", "group", "user"]),
  name: z.string(),
  access: z.enum(["use", "edit"]),
});

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const fieldSchema = z.object({
  name: z.string(),
  type: z.string(),
  label: z.string(),
  help: z.string().optional(),
  placeholder: z.string().optional(),
  section: z.string().optional(),
  required: z.boolean(),
  multiline: z.boolean(),
  isList: z.boolean(),
  default: z.union([scalar, z.array(scalar)]).optional(),
  min: z.union([z.number(), z.string()]).optional(),
  max: z.union([z.number(), z.string()]).optional(),
  minLength: z.int().optional(),
  maxLength: z.int().optional(),
  pattern: z.string().optional(),
  patternHelp: z.string().optional().describe("said when the pattern does not match"),
  choices: z.array(z.object({ value: z.string(), label: z.string() })).optional(),
  hasChoicesOfCluster: z.boolean().describe("ask for them with the choices of a cluster"),
  when: z
    .record(z.string(), z.union([scalar, z.array(scalar)]))
    .optional()
    .describe("asked only when the fields named have one of these values"),
});

export type ApplicationShare = z.output<typeof heldShareSchema>;
export type ApplicationField = z.output<typeof fieldSchema>;

export const applicationSummarySchema = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  category: z.string(),
  icon: z.string(),
  owner: z.string(),
  version: z.int().describe("the one that is submitted"),
  latestVersion: z.int(),
  publishedVersion: z.int().optional().describe("missing: a draft"),
  isLibrary: z.boolean().describe("it came with Sluice"),
  mayEdit: z.boolean(),
  shares: z.array(heldShareSchema).optional().describe("for those who may edit it"),
  changedAt: z.string(),
});
export type ApplicationSummary = z.output<typeof applicationSummarySchema>;

export const applicationDetailSchema = applicationSummarySchema.extend({
  fields: z.array(fieldSchema),
});
export type ApplicationDetail = z.output<typeof applicationDetailSchema>;

export const applicationVersionSchema = z.object({
  version: z.int(),
  savedBy: z.string(),
  savedAt: z.string(),
  note: z.string(),
  text: z.string().optional(),
});

export type ApplicationVersion = z.output<typeof applicationVersionSchema>;

const findingSchema = z.object({
  level: z.string(),
  line: z.int(),
  column: z.int(),
  path: z.string(),
  message: z.string(),
  suggestion: z.string(),
});

export const applicationPreviewSchema = z.object({
  findings: z.array(findingSchema).describe("what is wrong with the text"),
  form: z
    .object({ name: z.string(), title: z.string(), fields: z.array(fieldSchema) })
    .optional()
    .describe("missing as long as the text is no application"),
  errors: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .describe("of the values, by field"),
  job: z.object({ script: z.string(), options: z.array(z.string()) }).optional(),
});
export type ApplicationPreview = z.output<typeof applicationPreviewSchema>;

const application = z.object({ application: z.string().min(1).max(60).describe("its name") });
const versionQuery = z.object({ version: z.coerce.number().int().min(1).optional() });
const text = z.string().min(1).max(524_288).describe("YAML; see docs/applications.md");
const tag = "applications";
const reading = { role: "read-only", on: "site", scope: "applications:read" } as const;
const writing = { role: "user", on: "site", scope: "applications:write" } as const;
const PATH = "/api/v1/applications/{application}";

export const applicationsRoutes = {
  listApplications: route({
    id: "listApplications",
    method: "GET",
    path: "/api/v1/applications",
    summary: "List the applications that can be seen",
    tag,
    access: reading,
    answer: z.object({ items: z.array(applicationSummarySchema) }),
  }),
  saveApplication: route({
    id: "saveApplication",
    method: "POST",
    path: "/api/v1/applications",
    summary: "Save an application",
    description: "A new application, or a new version of the one that the text names.",
    tag,
    access: writing,
    body: z.strictObject({
      text,
      note: z.string().max(500).default(""),
      over: z.int().min(0).optional().describe("the newest version that is known; 0: none"),
    }),
    answer: applicationSummarySchema,
    problems: {
      409: "saved by another meanwhile, or the name is taken",
      422: "the text is no application",
    },
  }),
  validateApplication: route({
    id: "validateApplication",
    method: "POST",
    path: "/api/v1/applications/validation",
    summary: "Look what is wrong with an application's text",
    tag,
    access: { ...reading, role: "user" },
    body: z.strictObject({ text }),
    answer: z.object({ findings: z.array(findingSchema) }),
    keepsHistory: true,
  }),
  previewApplication: route({
    id: "previewApplication",
    method: "POST",
    path: "/api/v1/applications/preview",
    summary: "See the form of an application's text, and the script that values make",
    description: "Of a text that is not saved. Nothing is made, and no cluster is asked.",
    tag,
    access: { ...reading, role: "user" },
    body: z.strictObject({
      text,
      values: z
        .record(z.string().max(60), z.unknown())
        .default({})
        .describe("by field; what is missing has its default"),
      cluster: z.string().min(1).max(60).optional().describe("for which it would be"),
    }),
    answer: applicationPreviewSchema,
    // It changes nothing.
    keepsHistory: true,
  }),
  getApplication: route({
    id: "getApplication",
    method: "GET",
    path: PATH,
    summary: "Get an application with its form",
    tag,
    access: reading,
    params: application,
    query: versionQuery,
    answer: applicationDetailSchema,
  }),
  getApplicationText: route({
    id: "getApplicationText",
    method: "GET",
    path: `${PATH}/text`,
    summary: "Export an application",
    tag,
    access: reading,
    params: application,
    query: versionQuery,
    answer: applicationVersionSchema.required(),
  }),
  listApplicationVersions: route({
    id: "listApplicationVersions",
    method: "GET",
    path: `${PATH}/versions`,
    summary: "List the versions of an application",
    tag,
    access: reading,
    params: application,
    answer: z.object({ items: z.array(applicationVersionSchema) }),
  }),
  publishApplication: route({
    id: "publishApplication",
    method: "PUT",
    path: `${PATH}/published`,
    summary: "Publish a version of an application, or take it back",
    tag,
    access: writing,
    params: application,
    body: z.strictObject({ version: z.int().min(1).nullable().describe("null: a draft again") }),
    answer: applicationSummarySchema,
  }),
  restoreApplication: route({
    id: "restoreApplication",
    method: "POST",
    path: `${PATH}/restoration`,
    summary: "Bring an application that came with Sluice back to what it was",
    tag,
    access: { ...writing, role: "administrator" },
    params: application,
    answer: applicationSummarySchema,
  }),
  getApplicationShares: route({
    id: "getApplicationShares",
    method: "GET",
    path: `${PATH}/shares`,
    summary: "See with whom an application is shared",
    tag,
    access: reading,
    params: application,
    answer: z.object({ shares: z.array(heldShareSchema) }),
  }),
  shareApplication: route({
    id: "shareApplication",
    method: "PUT",
    path: `${PATH}/shares`,
    summary: "Share an application with these and no others",
    tag,
    access: writing,
    params: application,
    body: z.strictObject({ shares: z.array(shareSchema).max(200) }),
  }),
  deleteApplication: route({
    id: "deleteApplication",
    method: "DELETE",
    path: PATH,
    summary: "Delete an application; runs of it stay",
    tag,
    access: writing,
    params: application,
  }),
  getApplicationChoices: route({
    id: "getApplicationChoices",
    method: "GET",
    path: `${PATH}/choices/{cluster}`,
    summary: "Get what can be chosen in its fields on a cluster",
    description: "Queues, accounts, licences, and lists that the application has made as the user.",
    tag,
    access: { role: "user", on: "cluster", scope: "applications:read" },
    params: application.extend({ cluster: z.string().min(1).max(60) }),
    query: versionQuery,
    answer: z.object({
      fields: z.array(
        z.object({
          field: z.string(),
          choices: z.array(z.object({ value: z.string(), label: z.string() })),
          problem: z.string().optional(),
        }),
      ),
    }),
  }),
} satisfies Record<string, Route>;
