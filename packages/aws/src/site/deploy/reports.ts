import type { ObjectStore } from "../../bucket.ts";
import { OBJECTS } from "../../names.ts";
import type { HeadReport } from "../../objects.ts";

/** What a machine of a site said last of itself. */
export async function machineReport(
  store: ObjectStore,
  prefix: string,
  machine: string,
): Promise<HeadReport | undefined> {
  const object = await store.read(OBJECTS.report(OBJECTS.siteMachine(prefix, machine)));
  return object === undefined ? undefined : (JSON.parse(object.text) as HeadReport);
}
