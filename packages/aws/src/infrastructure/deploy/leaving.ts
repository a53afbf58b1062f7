import { type ObjectStore, sha256 } from "../../bucket.ts";
import { OBJECTS } from "../../names.ts";
import type { SynthesisedStack } from "../synth/contract.ts";
import { type InUse, nestedKeys, withLeaving } from "./plan/leaving.ts";

type Templates = Pick<SynthesisedStack, "template" | "nested">;

/** `withLeaving` for a stack and the stacks in it. */
export async function templatesWithLeaving(
  store: ObjectStore,
  prefix: string,
  deployed: { readonly template: string; readonly inUse: InUse },
  next: Templates,
): Promise<Templates> {
  const former = nestedKeys(deployed.template, prefix);
  const nested: Record<string, string> = {};
  let { template } = next;
  for (const [id, key] of nestedKeys(template, prefix)) {
    const text = next.nested[key];
    const formerKey = former.get(id);
    if (text === undefined) continue;
    const before = formerKey === undefined ? undefined : await store.read(formerKey);
    const merged = before === undefined ? text : withLeaving(before.text, text, deployed.inUse);
    const mergedKey = merged === text ? key : OBJECTS.template(prefix, sha256(merged).slice(0, 32));
    nested[mergedKey] = merged;
    template = template.replaceAll(key, mergedKey);
  }
  return { template: withLeaving(deployed.template, template, deployed.inUse), nested };
}
