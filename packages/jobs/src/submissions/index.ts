export { type RestAnswer, SlurmRefusal } from "./ask.ts";
export * from "./contract.ts";
export {
  createSubmissions,
  type SubmissionNews,
  type SubmissionsParts,
} from "./create-submissions.ts";
export type { KeptSubmissions } from "./keeper.ts";
export { isRecord as isJsonObject } from "./tag.ts";
