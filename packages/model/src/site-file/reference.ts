import { jsonSchemaOf, renderSchema } from "../cluster-file/reference.ts";
import { siteSchema } from "./schema/site.ts";

/** `docs/site-file.md`, from what the schema says about itself. Ends with a line end. */
export function renderSiteReference(): string {
  return renderSchema(siteSchema, INTRODUCTION, { marked: false });
}

/** JSON Schema of the file as it is written, for editors. */
export function siteJsonSchema(): Record<string, unknown> {
  return { ...jsonSchemaOf(siteSchema), title: "Sluice site file" };
}

const INTRODUCTION = `# The site file

<!-- Written by scripts/docs.ts from packages/model/src/site-file/schema; do not edit. -->

One YAML file describes a site: its zones, its clusters, and what they have in common. A complete
example is [examples/site/site.yaml](../examples/site/site.yaml) with its two cluster files.

- With two zones and what follows from them by default, a server for each and a database with a copy,
  the site survives the loss of a zone. A cluster does so with \`HeadNode.Standby\` in its own file.
- All clusters have the site's users, homes, shared folders, munge key and accounting.
- A cluster's own file, which \`Clusters\` names, is a [cluster file](cluster-file.md) that may leave
  out what the site gives:

| key of the cluster file | in a site |
| --- | --- |
| \`Provider\`, \`Region\` | the site's; another one is an error |
| \`Local.Zones\` | the site's, or some of them |
| \`Local.Network\`, \`Vpc\` | the site's; an error in the cluster's own file |
| \`HeadNode.Networking.SubnetId\`, \`HeadNode.Standby.SubnetId\`, \`SubnetIds\` of queues | from \`Vpc.Subnets\`, in the order of \`Zones\`, where the file names none |
| \`Users\` | the site's; an error in the cluster's own file |
| \`SharedStorage\` | its own, and the site's beside them; no name or directory twice |
| \`Scheduling.SlurmSettings.Database\`, \`ExternalSlurmdbd\`, \`MungeKeySecretArn\`, \`JwtKeySecretArn\` | the site's; an error in the cluster's own file |
| \`Backup\` | its own, or the site's |
| \`Tags\` | its own, and those of the site with other keys |

- \`UNSUPPORTED\` under **update** is what a site that exists keeps; all else is changed by giving the
  site another version of its file.
- A duration is a whole number and its unit: \`90s\`, \`10m\`, \`1h\` or \`2d\`.
- Unknown keys, keys given twice and wrong values are errors, and all of them are listed at once.

Editors that know JSON Schema complete and check the file with
[site.schema.json](site.schema.json).
`;
