export * from "./contract.ts";
export { createOperations, type OperationsOptions } from "./create-operations.ts";
