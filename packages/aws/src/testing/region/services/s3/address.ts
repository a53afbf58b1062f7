import { isIP } from "node:net";
import type { WireRequest } from "../../wire.ts";

/** The bucket of a request, out of its host (`bucket.s3.…`) or its path, and the path below it. */
export function bucketOf({ headers, path }: WireRequest): {
  readonly bucket: string | undefined;
  readonly path: string;
} {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  const ofHost = /^(.+)\.(?:s3[.-][^/]*\.amazonaws\.com|localhost)$/.exec(host)?.[1];
  if (isIP(host) === 0 && ofHost !== undefined) return { bucket: ofHost, path };
  const [, bucket = "", ...key] = path.split("/");
  if (bucket === "") return { bucket: undefined, path: "/" };
  return { bucket: decodeURIComponent(bucket), path: `/${key.join("/")}` };
}
