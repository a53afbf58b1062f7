import type { EventPattern } from "../../../events.ts";
import { madeUpName, type ResourceContext, type ResourceHandler, text } from "../handler.ts";
import type { JsonObject } from "../template.ts";
import { authoriseGeneric } from "./generic-rights.ts";

/** EventBridge's rules; the region delivers to queues. */
export const eventRule: ResourceHandler = {
  replacedBy: ["Name"],
  async create(properties, context) {
    const name = text(properties.Name) ?? madeUpName(context);
    authoriseGeneric("create", name, properties, context);
    return { id: name, attributes: { Arn: put(name, properties, context) } };
  },
  async update(made, properties, context) {
    put(made.id, properties, context);
    return made;
  },
  async delete({ id }, properties, context) {
    authoriseGeneric("delete", id, properties, context);
    context.region.rules.delete(id);
  },
};

function put(name: string, properties: JsonObject, { region }: ResourceContext): string {
  const arn = `arn:aws:events:${region.name}:${region.account}:rule/${name}`;
  const targets = (properties.Targets ?? []) as unknown as readonly { readonly Arn: string }[];
  if (properties.State === "DISABLED") {
    region.rules.delete(name);
    return arn;
  }
  region.rules.set(name, {
    pattern: (properties.EventPattern ?? {}) as unknown as EventPattern,
    targets: targets.map(({ Arn }) => Arn),
    arn,
  });
  return arn;
}
