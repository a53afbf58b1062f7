export { type ApplicationsParts, createApplications } from "./applications.ts";
export { type Choice, type FieldChoices, findChoices } from "./choices.ts";
export type * from "./contract.ts";
export { type PreparedJob, prepareJob } from "./job.ts";
export { ApplicationFileError, parseApplication, readApplication } from "./parse.ts";
export type { Application, Field, FieldType } from "./schema.ts";
export { checkValues, type FieldError, type FoundChoices } from "./values.ts";
