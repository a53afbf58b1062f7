/** Writes the documents that are generated from code; run it after a change of the schema. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { clusterJsonSchema, renderReference } from "@sluice/model";

const root = fileURLToPath(new URL("../", import.meta.url));
const page = `${root}docs/cluster-file.md`;
const schema = `${root}docs/cluster.schema.json`;

writeFileSync(page, renderReference());
writeFileSync(schema, JSON.stringify(clusterJsonSchema()));
// They are checked like every other file of the repository, so they are written in its format.
execFileSync(`${root}node_modules/.bin/biome`, ["format", "--write", page, schema], {
  cwd: root,
  stdio: "inherit",
});
