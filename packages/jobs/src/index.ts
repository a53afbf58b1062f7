export * from "./submissions/contract.ts";
