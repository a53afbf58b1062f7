import { z } from "zod";
import { pageOf, pageQuery } from "../page.ts";
import { type Route, route } from "../route.ts";

const KINDS = ["file", "folder", "link", "other"] as const;

export const fileEntrySchema = z
  .object({
    path: z.string(),
    name: z.string(),
    kind: z.enum(KINDS),
    leadsTo: z.string().optional().describe("what a link says"),
    leadsToKind: z
      .enum(KINDS)
      .optional()
      .describe("of what it leads to, where that may be reached"),
    size: z.int().describe("bytes"),
    modified: z.iso.datetime(),
    mode: z.int().describe("permissions: 420 is 0644"),
    owner: z.string(),
    group: z.string(),
    etag: z.string().describe("another one when the content is another"),
  })
  .meta({ id: "FileEntry" });
export type FileEntryDocument = z.output<typeof fileEntrySchema>;

export const uploadSchema = z
  .object({
    id: z.string(),
    folder: z.string(),
    path: z.string().describe("of the file that it will be"),
    length: z.int(),
    offset: z.int().describe("how many bytes are there"),
    expires: z.iso.datetime(),
    location: z.string().describe("where it goes on"),
  })
  .meta({ id: "Upload" });

const PATH =
  "absolute, on the cluster's head. Bytes of a name that are not UTF-8 stand as U+10FE80 to U+10FEFF";
const path = z.string().min(1).max(4096).describe(PATH);
const as = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .describe("another Unix user, for administrators of the cluster");
const flag = z.stringbool().default(false);
const mode = z.coerce.number().int().min(0).max(0o777);

const cluster = z.object({ cluster: z.string().min(1).max(60) });
const upload = cluster.extend({ upload: z.uuid() });
const one = z.object({ path, as });
const whose = z.object({ as });
const pair = z.strictObject({ from: path, to: path, overwrite: z.boolean().default(false) });
const uploadQuery = z.object({ folder: path, as });

const reading = { role: "read-only", on: "cluster", scope: "files:read" } as const;
const writing = { role: "user", on: "cluster", scope: "files:write" } as const;

const AWAY = "the head does not answer";
const reads = { 422: "this can't be done with what is there", 503: AWAY } as const;
const writes = {
  ...reads,
  409: "there is something of that name",
  507: "the disk is full, or the quota",
} as const;
const tus = { ...writes, 412: "another version of tus than 1.0.0" } as const;

const base = "/api/v1/clusters/{cluster}/files" as const;
const TUS =
  "The protocol tus 1.0.0, with its extensions creation, creation-with-upload, termination and expiration. ";

export const filesRoutes = {
  listFileRoots: route({
    id: "listFileRoots",
    method: "GET",
    path: `${base}/roots`,
    summary: "List where files begin: the home, then shared folders",
    tag: "files",
    access: reading,
    params: cluster,
    query: whose,
    answer: z.object({ items: z.array(z.object({ path: z.string(), name: z.string() })) }),
    problems: reads,
  }),
  listFiles: route({
    id: "listFiles",
    method: "GET",
    path: base,
    summary: "List a folder",
    description:
      "By name in the order of bytes, or by size or time where the folder has at most 20,000 entries.",
    tag: "files",
    access: reading,
    params: cluster,
    query: pageQuery.extend({
      path,
      as,
      cursor: z.string().max(4000).optional().describe("`next` of the page before"),
      sort: z.enum(["name", "size", "modified"]).default("name"),
      order: z.enum(["ascending", "descending"]).default("ascending"),
      contains: z.string().min(1).max(255).optional().describe("only names that have this in them"),
      hidden: flag.describe("also names that begin with a dot"),
    }),
    answer: pageOf(fileEntrySchema),
    problems: reads,
  }),
  getFile: route({
    id: "getFile",
    method: "GET",
    path: `${base}/entry`,
    summary: "Show what a path is; a link is a link",
    tag: "files",
    access: reading,
    params: cluster,
    query: one,
    answer: fileEntrySchema,
    problems: reads,
  }),
  searchFiles: route({
    id: "searchFiles",
    method: "GET",
    path: `${base}/search`,
    summary: "Find names below a folder",
    description: "Near folders first, links not followed, for at most 20 seconds.",
    tag: "files",
    access: reading,
    params: cluster,
    query: one.extend({
      text: z.string().min(1).max(255),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    answer: z.object({
      items: z.array(fileEntrySchema),
      complete: z.boolean().describe("false when there may be more"),
    }),
    problems: reads,
  }),
  downloadFile: route({
    id: "downloadFile",
    method: "GET",
    path: `${base}/content`,
    summary: "Download a file",
    description:
      "With ETag. `Range` of one range, `If-Range` and `If-None-Match` are kept. Always an attachment, of no type that a browser would run.",
    tag: "files",
    access: reading,
    params: cluster,
    query: one,
    answer: z.any(),
    gives: "bytes",
    problems: { ...reads, 416: "the range is beyond the file's end" },
  }),
  headFile: route({
    id: "headFile",
    method: "HEAD",
    path: `${base}/content`,
    summary: "Show the headers of a download",
    tag: "files",
    access: reading,
    params: cluster,
    query: one,
    status: 200,
    problems: reads,
  }),
  writeFile: route({
    id: "writeFile",
    method: "PUT",
    path: `${base}/content`,
    summary: "Write a file, whole or not at all",
    description:
      "Over what is there only with `overwrite`, or with `If-Match` over exactly that content. At most 256 MiB; larger ones are uploaded in pieces.",
    tag: "files",
    access: writing,
    params: cluster,
    query: one.extend({ overwrite: flag, mode: mode.optional() }),
    answer: fileEntrySchema,
    takes: "bytes",
    problems: { ...writes, 412: "the file is not what it was", 413: "too large for this route" },
  }),
  makeFolder: route({
    id: "makeFolder",
    method: "POST",
    path: `${base}/folders`,
    summary: "Make a folder",
    tag: "files",
    access: writing,
    params: cluster,
    query: whose,
    body: z.strictObject({ path, parents: z.boolean().default(false) }),
    answer: fileEntrySchema,
    status: 201,
    problems: writes,
  }),
  renameFile: route({
    id: "renameFile",
    method: "POST",
    path: `${base}/rename`,
    summary: "Rename or move a file or a folder",
    tag: "files",
    access: writing,
    params: cluster,
    query: whose,
    body: pair,
    answer: fileEntrySchema,
    problems: writes,
  }),
  copyFile: route({
    id: "copyFile",
    method: "POST",
    path: `${base}/copy`,
    summary: "Copy a file, or a folder with all that is in it",
    tag: "files",
    access: writing,
    params: cluster,
    query: whose,
    body: pair,
    answer: fileEntrySchema,
    status: 201,
    problems: writes,
  }),
  removeFile: route({
    id: "removeFile",
    method: "DELETE",
    path: base,
    summary: "Delete a file, a link, or a folder",
    tag: "files",
    access: writing,
    params: cluster,
    query: one.extend({ recursive: flag.describe("a folder with all that is in it") }),
    problems: reads,
  }),
  archiveFiles: route({
    id: "archiveFiles",
    method: "GET",
    path: `${base}/archive`,
    summary: "Download files and folders as one archive",
    description: "Made while it is sent. What may not be read is left out.",
    tag: "files",
    access: reading,
    params: cluster,
    query: z.object({
      path: z.array(path).min(1).max(100),
      format: z.enum(["tar.gz", "zip"]).default("tar.gz"),
      as,
    }),
    answer: z.any(),
    gives: "bytes",
    problems: reads,
  }),
  followFile: route({
    id: "followFile",
    method: "GET",
    path: `${base}/follow`,
    summary: "Follow what is written to a file",
    description:
      "Events `content` with `text` and the `offset` after it, whose id is that offset: Last-Event-ID goes on there. `restart` says that the file was cut, replaced or removed, and what follows begins at 0. Waits for a file that is not there.",
    tag: "files",
    access: reading,
    params: cluster,
    query: one.extend({
      offset: z.coerce
        .number()
        .int()
        .min(-1e15)
        .max(1e15)
        .default(0)
        .describe("below 0: so many bytes before the end"),
    }),
    answer: z.union([z.object({ text: z.string(), offset: z.int() }), z.object({})]),
    gives: "events",
    problems: reads,
  }),
  listUploads: route({
    id: "listUploads",
    method: "GET",
    path: `${base}/uploads`,
    summary: "List uploads that are not complete",
    tag: "files",
    access: reading,
    params: cluster,
    query: whose,
    answer: z.object({ items: z.array(uploadSchema) }),
    problems: reads,
  }),
  createUpload: route({
    id: "createUpload",
    method: "POST",
    path: `${base}/uploads`,
    summary: "Begin an upload in pieces",
    description: `${TUS}The target is \`path\`; Upload-Metadata is not read.`,
    tag: "files",
    access: writing,
    params: cluster,
    query: one.extend({ overwrite: flag, mode: mode.optional() }),
    status: 201,
    takes: "bytes",
    problems: { ...tus, 413: "more came than Upload-Length says" },
  }),
  getUpload: route({
    id: "getUpload",
    method: "HEAD",
    path: `${base}/uploads/{upload}`,
    summary: "Ask how far an upload is",
    description: TUS,
    tag: "files",
    access: writing,
    params: upload,
    query: uploadQuery,
    status: 200,
    problems: tus,
  }),
  writeUpload: route({
    id: "writeUpload",
    method: "PATCH",
    path: `${base}/uploads/{upload}`,
    summary: "Go on with an upload",
    description: `${TUS}What came before a request broke off stays.`,
    tag: "files",
    access: writing,
    params: upload,
    query: uploadQuery,
    takes: "bytes",
    problems: {
      ...tus,
      409: "the upload is at another offset, or something took its target's name",
      413: "more came than Upload-Length says",
      415: "not application/offset+octet-stream",
      423: "another request took the upload over",
    },
  }),
  removeUpload: route({
    id: "removeUpload",
    method: "DELETE",
    path: `${base}/uploads/{upload}`,
    summary: "Give an upload up",
    description: TUS,
    tag: "files",
    access: writing,
    params: upload,
    query: uploadQuery,
    problems: tus,
  }),
} satisfies Record<string, Route>;
