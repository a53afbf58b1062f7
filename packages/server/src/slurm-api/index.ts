export { type SlurmApiParts, slurmApi } from "./plugin.ts";
