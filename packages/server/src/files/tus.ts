import type { Upload } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";
import type { FastifyReply, FastifyRequest } from "fastify";
import { invalid, mediaTypeUnsupported } from "../http/problems.ts";

/** https://tus.io/protocols/resumable-upload, and what of it is there. */
export const TUS_VERSION = "1.0.0";
const EXTENSIONS = "creation,creation-with-upload,termination,expiration";
export const TUS_MEDIA_TYPE = "application/offset+octet-stream";

/** On every answer, also on a problem. `TUS_VERSION_UNSUPPORTED`. */
export function speakTus(request: FastifyRequest, reply: FastifyReply): void {
  reply
    .header("tus-resumable", TUS_VERSION)
    .header("tus-version", TUS_VERSION)
    .header("tus-extension", EXTENSIONS);
  const version = request.headers["tus-resumable"];
  if (version === undefined || version === TUS_VERSION) return;
  throw new SluiceError("TUS_VERSION_UNSUPPORTED", "user", `uploads are by tus ${TUS_VERSION}`);
}

/** A header with a number of bytes. `REQUEST_INVALID`. */
export function lengthIn(request: FastifyRequest, name: string): number {
  const value = request.headers[name];
  if (typeof value === "string" && /^\d{1,15}$/.test(value)) return Number(value);
  throw invalid(`${name} has to be a number of bytes`);
}

export function demandTusContent(request: FastifyRequest): void {
  if (request.headers["content-type"] === TUS_MEDIA_TYPE) return;
  throw mediaTypeUnsupported(`an upload comes as ${TUS_MEDIA_TYPE}`);
}

export function tellUpload(reply: FastifyReply, { offset, length, expires }: Upload): void {
  reply
    .header("upload-offset", offset)
    .header("upload-length", length)
    .header("upload-expires", expires.toUTCString())
    .header("cache-control", "no-store");
}
