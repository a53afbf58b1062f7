/** What is used of the library: bundled whole it would be ten times as large. */
export { checkbox, confirm, input, search, select } from "@inquirer/prompts";
