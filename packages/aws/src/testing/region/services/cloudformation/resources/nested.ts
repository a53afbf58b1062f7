import type { Readable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Deployer } from "../deployer.ts";
import { hashOf, type Made, type ResourceContext, type ResourceHandler, text } from "../handler.ts";
import { parametersOf } from "../parameters.ts";
import { Stack, type StackInput } from "../stack.ts";
import { type JsonObject, parseTemplate, validationError } from "../template.ts";

/** Stacks in stacks. @param keep takes each that is begun, so that it can be described. */
export function nestedStacks(
  deployer: () => Deployer,
  stacks: { add(stack: Stack): void; get(id: string): Stack | undefined },
): ResourceHandler {
  const require = (id: string): Stack => {
    const stack = stacks.get(id);
    if (stack === undefined) throw validationError(`Stack ${id} does not exist`);
    return stack;
  };
  return {
    async create(properties, context) {
      const { stack: parent, logicalId, region } = context;
      const input = await inputOf(properties, context);
      const end = hashOf(`${parent.id}/${logicalId}`, 12).toUpperCase();
      const stack = new Stack({
        name: `${parent.name}-${logicalId}-${end}`.slice(0, 128),
        region: region.name,
        account: region.account,
        input,
        parent,
      });
      // What becomes of it is its root's to say.
      stack.onFailure = "DO_NOTHING";
      stacks.add(stack);
      const callOff = (): void => stack.work?.abort.abort();
      context.signal.addEventListener("abort", callOff);
      await deployer().create(stack);
      context.signal.removeEventListener("abort", callOff);
      if (stack.status === "CREATE_COMPLETE") return madeOf(stack);
      await deployer().delete(stack);
      throw new Error(
        `Embedded stack ${stack.id} was not successfully created: ${stackReason(stack, "CREATE_FAILED")}`,
      );
    },
    async update(made, properties, context) {
      const stack = require(made.id);
      await deployer().update(stack, await inputOf(properties, context, stack.input.parameters));
      if (stack.status === "UPDATE_COMPLETE") return madeOf(stack);
      throw new Error(
        `Embedded stack ${stack.id} was not successfully updated. ${stackReason(stack, "UPDATE_FAILED")}`,
      );
    },
    async delete(made) {
      const stack = stacks.get(made.id);
      if (stack === undefined || stack.status === "DELETE_COMPLETE") return;
      await deployer().delete(stack);
      if (stack.deletedAt === undefined) {
        throw new Error(`Embedded stack ${stack.id} was not successfully deleted: ${stack.reason}`);
      }
    },
  };
}

function stackReason(stack: Stack, status: string): string {
  const failed = stack.events.filter(
    (event) => event.status === status && event.physicalId !== stack.id,
  );
  const names = [...new Set(failed.map(({ logicalId }) => logicalId))];
  return `The following resource(s) failed: [${names.join(", ")}].`;
}

function madeOf(stack: Stack): Made {
  return {
    id: stack.id,
    attributes: Object.fromEntries(
      Object.entries(stack.outputs).map(([name, value]) => [`Outputs.${name}`, value]),
    ),
  };
}

async function inputOf(
  properties: JsonObject,
  context: ResourceContext,
  former: Readonly<Record<string, string>> = {},
): Promise<StackInput> {
  const templateText = await fetched(text(properties.TemplateURL) ?? "", context);
  const template = parseTemplate(templateText, "bucket");
  const given = Object.entries((properties.Parameters ?? {}) as JsonObject).map(
    ([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: Array.isArray(value) ? value.join(",") : String(value),
    }),
  );
  const { tags, capabilities, caller } = context.stack.root.input;
  const parameters = parametersOf(template, given, former);
  return { template, templateText, parameters, tags, capabilities, caller };
}

/** An object by its address, in path style or by a virtual host. */
export async function fetched(
  url: string,
  { call }: Pick<ResourceContext, "call">,
): Promise<string> {
  const { hostname, pathname } = new URL(url);
  const path = decodeURIComponent(pathname).slice(1);
  const byHost = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  const [bucket = "", ...key] = path.split("/");
  const at =
    byHost === undefined ? { Bucket: bucket, Key: key.join("/") } : { Bucket: byHost, Key: path };
  const { Body } = await call(GetObjectCommand, at);
  return readAll(Body as unknown as Readable);
}
