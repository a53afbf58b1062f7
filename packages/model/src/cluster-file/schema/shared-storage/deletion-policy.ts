import { z } from "zod";
import "../meta.ts";

/** What becomes of a file system that the cluster made. */
export const deletionPolicy = <const P extends readonly [string, ...string[]]>(policies: P) =>
  z.enum(policies).optional().meta({
    description: "What becomes of it when the cluster is deleted or the entry is removed.",
    update: "SUPPORTED",
    defaultText: "Delete for one that the cluster made; an existing one always stays",
  });
