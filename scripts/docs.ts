/** Writes the documents that are generated from code; run it after a change of the schema. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  clusterJsonSchema,
  imageBuildJsonSchema,
  renderAdvicePage,
  renderCompatibility,
  renderImageBuildReference,
  renderReference,
  renderSiteReference,
  siteJsonSchema,
} from "@sluice/model";

const root = fileURLToPath(new URL("../", import.meta.url));
const documents: Readonly<Record<string, string>> = {
  "advice.md": renderAdvicePage(),
  "cluster-file.md": renderReference(),
  "cluster.schema.json": JSON.stringify(clusterJsonSchema()),
  "image-file.md": renderImageBuildReference(),
  "image.schema.json": JSON.stringify(imageBuildJsonSchema()),
  "parallelcluster.md": renderCompatibility(),
  "site-file.md": renderSiteReference(),
  "site.schema.json": JSON.stringify(siteJsonSchema()),
};
const paths = Object.keys(documents).map((name) => `${root}docs/${name}`);

for (const [name, text] of Object.entries(documents)) writeFileSync(`${root}docs/${name}`, text);
// They are checked like every other file of the repository, so they are written in its format.
execFileSync(`${root}node_modules/.bin/biome`, ["format", "--write", ...paths], {
  cwd: root,
  stdio: "inherit",
});
