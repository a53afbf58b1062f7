import type { NewObject } from "@sluice/cloud";
import type { Happening } from "./contract.ts";
import type { ObjectsSource } from "./source.ts";

/** Whether a trigger waits for objects such as this. */
export function isAwaited({ bucket, prefix, suffix }: ObjectsSource, object: NewObject): boolean {
  return object.bucket === bucket && object.key.startsWith(prefix) && object.key.endsWith(suffix);
}

export function objectHappening({ bucket, key, version, size, time }: NewObject): Happening {
  return {
    identity: JSON.stringify([bucket, key, version]),
    event: {
      bucket,
      key,
      version,
      name: key.slice(key.lastIndexOf("/") + 1),
      ...(size === undefined ? {} : { size }),
      ...(time === undefined ? {} : { time: time.toISOString() }),
    },
  };
}
