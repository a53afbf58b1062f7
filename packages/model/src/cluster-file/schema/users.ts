import { z } from "zod";
import "./meta.ts";

export const usersSchema = z
  .array(
    z.strictObject({
      Name: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
        .meta({
          description: "Unix name of the user.",
          update: "SUPPORTED",
          extension: true,
          expects:
            "at most 32 lower-case letters, digits, hyphens and underscores, starting with a letter or an underscore",
        }),
      Uid: z.int().min(1000).max(59999).optional().meta({
        description: "Unix number of the user, the same on every machine.",
        update: "UNSUPPORTED",
        extension: true,
        expects: "a whole number from 1000 to 59999",
        defaultText: "the next free one from 2001, in the order of the file",
      }),
    }),
  )
  .default([])
  .meta({
    description: "Unix users that are made on every machine, each with a home in /home.",
    update: "SUPPORTED",
    extension: true,
  });
