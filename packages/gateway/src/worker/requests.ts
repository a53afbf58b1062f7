import { z } from "zod";

/** What the worker is asked: queries are text, bodies JSON. */
const path = z.string().min(1).max(8192);
const flag = z.stringbool();
const offset = z.coerce.number().int();

export const entryQuery = z.object({ path, followLinks: flag.optional() });
export const listQuery = z.object({
  path,
  limit: z.coerce.number().int().min(1).max(1000),
  cursor: z.string().max(8192).optional(),
  sort: z.enum(["name", "size", "modified"]).optional(),
  descending: flag.optional(),
  contains: z.string().min(1).max(255).optional(),
  hidden: flag.optional(),
});
export const readQuery = z.object({
  path,
  start: offset.min(0).optional(),
  end: offset.min(0).optional(),
});
export const writeQuery = z.object({
  path,
  overwrite: flag.optional(),
  ifMatch: z.string().max(200).optional(),
  mode: z.coerce.number().int().min(0).max(0o777).optional(),
});
export const searchQuery = z.object({
  path,
  text: z.string().min(1).max(255),
  limit: z.coerce.number().int().min(1).max(1000),
});
export const followQuery = z.object({ path, offset: offset.optional() });
export const uploadQuery = z.object({ folder: path });
export const uploadPartQuery = z.object({ folder: path, offset: offset.min(0) });

const mode = z.int().min(0).max(0o777).optional();
export const folderBody = z.object({ path, parents: z.boolean().optional(), mode });
export const pairBody = z.object({ from: path, to: path, overwrite: z.boolean().optional() });
export const removeBody = z.object({ path, recursive: z.boolean().optional() });
export const archiveBody = z.object({
  paths: z.array(path).min(1).max(1000),
  format: z.enum(["tar.gz", "zip"]),
});
export const uploadBody = z.object({
  path,
  length: z.int().min(0),
  overwrite: z.boolean().optional(),
  mode,
});

const MOST_SCRIPT = 4 * 1024 * 1024;
const words = z.array(z.string().max(128 * 1024)).max(10_000);
export const sbatchBody = z.object({
  script: z.string().max(MOST_SCRIPT),
  options: words,
  arguments: words.optional(),
  workingDirectory: path,
  environment: z.record(z.string().max(256), z.string().max(128 * 1024)).optional(),
});
export const programBody = z.object({
  argv: words.min(1),
  timeoutMs: z.int().min(1).max(60_000),
  mostOutput: z
    .int()
    .min(1)
    .max(16 * 1024 * 1024),
});
export const commandBody = z.object({
  argv: words.min(1),
  input: z.string().max(MOST_SCRIPT).optional(),
});
