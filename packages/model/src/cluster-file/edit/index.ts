export type { Edit } from "./edit.ts";
export { type EditProblem, type EditResult, editText } from "./edit-text.ts";
export { type PrintOptions, printClusterFile } from "./print.ts";
