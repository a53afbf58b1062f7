import { z } from "zod";
import type { UpdatePolicy } from "./meta.ts";
import { CLOUDS } from "./values.ts";

const URL_EXPECTS = 'an address, such as "s3://bucket/script.sh" or "https://host/script.sh"';

const scriptMeta = (update: UpdatePolicy) => ({
  description: "Address of the script, on S3 or the web.",
  update,
  expects: URL_EXPECTS,
});

const args = (update: UpdatePolicy) =>
  z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .meta({ description: "Arguments of the script.", update, expects: "a list of texts" });

/** One script, or several in order. */
const action = (description: string, update: UpdatePolicy) =>
  z
    .strictObject({
      Script: z.string().min(1).optional().meta(scriptMeta(update)),
      Args: args(update),
      Sequence: z
        .array(
          z.strictObject({
            Script: z.string().min(1).meta(scriptMeta(update)),
            Args: args(update),
          }),
        )
        .min(1)
        .optional()
        .meta({
          description: "Several scripts, one after the other; instead of Script and Args.",
          update,
          expects: "a list of at least one `- Script: …`",
        }),
    })
    .optional()
    .meta({ description, update });

/** @param atStart when the two that run while a node boots may change. */
export const customActions = (section: UpdatePolicy, atStart: UpdatePolicy) =>
  z.strictObject(bootActions(atStart)).optional().meta({
    description: "Scripts of one's own that run as root while a node boots.",
    update: section,
    providers: CLOUDS,
  });

/** @param update what is made of the one for updates. */
export const customActionsWithUpdate = (update: string) =>
  z
    .strictObject({
      ...bootActions("UNSUPPORTED"),
      OnNodeUpdated: action(update, "SUPPORTED"),
    })
    .optional()
    .meta({
      description: "Scripts of one's own that run as root when a node boots and is updated.",
      update: "IGNORED",
      providers: CLOUDS,
    });

function bootActions(update: UpdatePolicy) {
  return {
    OnNodeStart: action("Before anything of the cluster is set up.", update),
    OnNodeConfigured: action("When the node is set up, before it takes jobs.", update),
  };
}
