/** Writes the documents that are generated from code; run it after a change of the schema. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { clusterJsonSchema, renderReference } from "@sluice/model";

const root = new URL("../", import.meta.url);
const schema = fileURLToPath(new URL("docs/cluster.schema.json", root));

writeFileSync(new URL("docs/cluster-file.md", root), renderReference());
writeFileSync(schema, JSON.stringify(clusterJsonSchema()));
// The file is checked like every other JSON of the repository, so it is written in that format.
execFileSync(
  fileURLToPath(new URL("node_modules/.bin/biome", root)),
  ["format", "--write", schema],
  {
    cwd: root,
    stdio: "inherit",
  },
);
