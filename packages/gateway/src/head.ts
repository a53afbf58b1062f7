export { type Account, accountFor } from "./door/accounts.ts";
export * from "./door/door.ts";
export * from "./door/head-questions.ts";
export type { HeadQuestions } from "./door/questions.ts";
export { terminalUnits } from "./door/terminal-units.ts";
export { createDoorTerminals } from "./door/terminals.ts";
export { asAccount } from "./door/worker-process.ts";
export * from "./door/workers.ts";
