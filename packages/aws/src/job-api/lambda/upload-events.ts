/** An object that was uploaded, in one of its versions. */
export interface UploadedObject {
  readonly bucket: string;
  readonly key: string;
  /** Of a bucket that keeps versions, as the stack's does. */
  readonly versionId: string;
  /** Bytes; undefined where the event does not say. */
  readonly size: number | undefined;
}

/**
 * What a message of the queue tells of: S3's own notification with its records, or EventBridge's
 * event of one object. Empty for what is about no new object: S3's test message, a deletion, a folder.
 *
 * @throws Error for a message that is neither: it belongs to the dead letters.
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
    bucket: text(bucket.name, "bucket"),
    key: decodeURIComponent(text(object.key, "key").replaceAll("+", " ")),
    versionId: text(object.versionId, "version"),
    size: typeof object.size === "number" ? object.size : undefined,
  };
}

/** Keys come as they are. */
function fromEventBridge({ detail }: Readonly<Record<string, unknown>>): UploadedObject {
  if (!isRecord(detail) || !isRecord(detail.bucket) || !isRecord(detail.object)) {
    throw new Error("the event names no object");
  }
  const { bucket, object } = detail;
  return {
    bucket: text(bucket.name, "bucket"),
    key: text(object.key, "key"),
    versionId: text(object["version-id"], "version"),
    size: typeof object.size === "number" ? object.size : undefined,
  };
}

function isFile({ key }: UploadedObject): boolean {
  return !key.endsWith("/");
}

function text(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new Error(`the event has no ${what}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
