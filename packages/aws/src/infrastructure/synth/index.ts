export type {
  Architecture,
  ExistingStorage,
  SynthesisedStack,
  SynthRequest,
  TemplateParameter,
} from "./contract.ts";
export { synthesise } from "./synthesise.ts";
