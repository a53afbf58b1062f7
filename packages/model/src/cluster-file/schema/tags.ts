import { z } from "zod";
import type { UpdatePolicy } from "./meta.ts";

/** A list of tags; queues and compute resources have one too, with another policy. */
export const tags = (update: UpdatePolicy) =>
  z.array(
    z.strictObject({
      Key: z.string().min(1).max(128).meta({
        description: "Name of the tag; unique in its list.",
        update,
        expects: "a text of 1 to 128 characters",
      }),
      Value: z.string().max(256).meta({
        description: "Value of the tag.",
        update,
        expects: "a text of at most 256 characters, in quotes when it looks like a number",
      }),
    }),
  );

export const tagsSchema = tags("SUPPORTED").default([]).meta({
  description: "Tags on everything that the cluster consists of.",
  update: "SUPPORTED",
});

export type Tag = z.output<typeof tagsSchema>[number];
