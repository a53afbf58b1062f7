import {
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
} from "@aws-sdk/client-s3";
import { handle, type Service, ServiceError } from "../../contract.ts";
import { type Buckets, current } from "./state.ts";

const MOST_KEYS = 1000;

export function listOperations(buckets: Buckets): Service["operations"] {
  return {
    ListBuckets: handle(ListBucketsCommand, () => ({
      Buckets: buckets
        .all()
        .map(({ name, createdAt }) => ({ Name: name, CreationDate: createdAt })),
    })),
    ListObjectsV2: handle(ListObjectsV2Command, (input) => {
      const bucket = buckets.get(input.Bucket);
      const { Prefix = "", Delimiter = "", ContinuationToken, StartAfter } = input;
      const limit = Math.min(input.MaxKeys ?? MOST_KEYS, MOST_KEYS);
      const after = ContinuationToken === undefined ? StartAfter : keyOf(ContinuationToken);
      const entries = new Map<string, "key" | "prefix">();
      for (const key of [...bucket.objects.keys()].toSorted()) {
        if (!key.startsWith(Prefix) || current(bucket, key) === undefined) continue;
        const end = Delimiter === "" ? -1 : key.indexOf(Delimiter, Prefix.length);
        if (end === -1) entries.set(key, "key");
        else entries.set(key.slice(0, end + Delimiter.length), "prefix");
      }
      const left = [...entries].filter(([name]) => after === undefined || name > after);
      const page = left.slice(0, limit);
      const [last] = page.at(-1) ?? [];
      const isTruncated = left.length > page.length && last !== undefined;
      return {
        Name: bucket.name,
        Prefix,
        MaxKeys: limit,
        KeyCount: page.length,
        IsTruncated: isTruncated,
        Contents: page.flatMap(([Key, kind]) => {
          const version = kind === "key" ? current(bucket, Key) : undefined;
          if (version === undefined) return [];
          const { etag, lastModified, body } = version;
          return [{ Key, ETag: etag, LastModified: lastModified, Size: body?.length ?? 0 }];
        }),
        CommonPrefixes: page.flatMap(([name, kind]) =>
          kind === "prefix" ? [{ Prefix: name }] : [],
        ),
        ...(isTruncated ? { NextContinuationToken: Buffer.from(last).toString("base64") } : {}),
      };
    }),
    ListObjectVersions: handle(ListObjectVersionsCommand, (input) => {
      const bucket = buckets.get(input.Bucket);
      const { Prefix = "", KeyMarker = "" } = input;
      const limit = Math.min(input.MaxKeys ?? MOST_KEYS, MOST_KEYS);
      const keys = [...bucket.objects.keys()]
        .toSorted()
        .filter((key) => key.startsWith(Prefix) && key > KeyMarker);
      // Pages end between keys, as their markers are keys.
      const page: string[] = [];
      let count = 0;
      for (const key of keys) {
        count += bucket.objects.get(key)?.length ?? 0;
        if (count > limit && page.length > 0) break;
        page.push(key);
      }
      const rows = page.flatMap((Key) =>
        (bucket.objects.get(Key) ?? []).map((version, index, all) => ({
          isMark: version.body === undefined,
          Key,
          VersionId: version.versionId,
          IsLatest: index === all.length - 1,
          LastModified: version.lastModified,
          ETag: version.etag,
          Size: version.body?.length ?? 0,
        })),
      );
      const isTruncated = page.length < keys.length;
      return {
        Name: bucket.name,
        Prefix,
        IsTruncated: isTruncated,
        Versions: rows.filter(({ isMark }) => !isMark),
        DeleteMarkers: rows.filter(({ isMark }) => isMark),
        ...(isTruncated ? { NextKeyMarker: page.at(-1) } : {}),
      };
    }),
  };
}

function keyOf(token: string): string {
  const key = Buffer.from(token, "base64").toString();
  if (key === "") throw new ServiceError("InvalidArgument", "the continuation token is incorrect");
  return key;
}
