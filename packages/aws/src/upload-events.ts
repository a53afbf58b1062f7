/** An object that was uploaded, as events tell of it. */
export interface UploadedObject {
  readonly bucket: string;
  readonly key: string;
  /** Undefined in a bucket that keeps no versions. */
  readonly versionId: string | undefined;
  /** Rises with each write of the key. */
  readonly sequencer: string | undefined;
  readonly etag: string | undefined;
  /** Bytes; undefined where the event does not say. */
  readonly size: number | undefined;
  readonly time: Date | undefined;
}

/**
 * What a message of a queue tells of: S3's own notification with its records, or EventBridge's event
 * of one object. Empty for what is about no new object: S3's test message, a deletion, a folder.
 *
 * @throws Error for a message that is neither.
 */
export function uploadedObjects(body: string): readonly UploadedObject[] {
  const message = JSON.parse(body) as unknown;
  if (!isRecord(message)) throw new Error("the message is no event");
  if (message.Event === "s3:TestEvent") return [];
  if (Array.isArray(message.Records)) {
    return message.Records.flatMap((record) => fromNotification(record) ?? []).filter(isFile);
  }
  if (message["detail-type"] === "Object Created") return [fromEventBridge(message)].filter(isFile);
  if (typeof message["detail-type"] === "string" && message.source === "aws.s3") return [];
  throw new Error("the message is no event of S3");
}

/** Keys come as in the query of an address: `+` is a space. */
function fromNotification(record: unknown): UploadedObject | undefined {
  if (!isRecord(record) || !isRecord(record.s3)) throw new Error("a record is no event of S3");
  if (!String(record.eventName).startsWith("ObjectCreated:")) return undefined;
  const { bucket, object } = record.s3;
  if (!isRecord(bucket) || !isRecord(object)) throw new Error("a record names no object");
  return {
    bucket: wanted(bucket.name, "bucket"),
    key: decodeURIComponent(wanted(object.key, "key").replaceAll("+", " ")),
    versionId: text(object.versionId),
    sequencer: text(object.sequencer),
    etag: text(object.eTag),
    size: number(object.size),
    time: date(record.eventTime),
  };
}

/** Keys come as they are. */
function fromEventBridge({ detail, time }: Readonly<Record<string, unknown>>): UploadedObject {
  if (!isRecord(detail) || !isRecord(detail.bucket) || !isRecord(detail.object)) {
    throw new Error("the event names no object");
  }
  const { bucket, object } = detail;
  return {
    bucket: wanted(bucket.name, "bucket"),
    key: wanted(object.key, "key"),
    versionId: text(object["version-id"]),
    sequencer: text(object.sequencer),
    etag: text(object.etag),
    size: number(object.size),
    time: date(time),
  };
}

function isFile({ key }: UploadedObject): boolean {
  return !key.endsWith("/");
}

function wanted(value: unknown, what: string): string {
  const found = text(value);
  if (found !== undefined) return found;
  throw new Error(`the event has no ${what}`);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function date(value: unknown): Date | undefined {
  const found = new Date(text(value) ?? Number.NaN);
  return Number.isNaN(found.getTime()) ? undefined : found;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
