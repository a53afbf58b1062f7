import { setTimeout as delay } from "node:timers/promises";
import * as builder from "@aws-sdk/client-imagebuilder";
import type { CommandClass } from "../../../contract.ts";
import { type Made, type ResourceContext, type ResourceHandler, unlessGone } from "../handler.ts";
import type { Json, JsonObject } from "../template.ts";

/** Properties whose keys are the author's own. */
const FREE = new Set(["Tags", "AmiTags", "ResourceTags"]);

/** The API has the same names as the template, with a small first letter. */
function asInput(value: Json, isFree = false): unknown {
  if (Array.isArray(value)) return value.map((item) => asInput(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      isFree ? key : key.charAt(0).toLowerCase() + key.slice(1),
      asInput(item, FREE.has(key)),
    ]),
  );
}

/** Milliseconds between two looks at a build. */
const LOOK_EVERY = 10;

function keptAs<C extends CommandClass, D extends CommandClass>(
  create: C,
  remove: D,
  /** Name of the ARN in both. */
  key: string,
): ResourceHandler {
  return {
    async create(properties, context) {
      const made = await context.call(create, inputOf(properties, context) as never);
      const id = String((made as Readonly<Record<string, unknown>>)[key]);
      return { id, attributes: { Arn: id } };
    },
    delete: ({ id }, _, context) => unlessGone(() => context.call(remove, { [key]: id } as never)),
  };
}

/** Ends when the build does; a build that failed leaves nothing to delete but itself. */
const IMAGE: ResourceHandler = {
  async create(properties, context): Promise<Made> {
    const input = inputOf(properties, context) as unknown as builder.CreateImageCommandInput;
    const { imageBuildVersionArn: id = "" } = await context.call(builder.CreateImageCommand, input);
    for (;;) {
      const { image } = await context.call(builder.GetImageCommand, { imageBuildVersionArn: id });
      const { status, reason } = image?.state ?? {};
      if (status === "AVAILABLE") {
        const ImageId = image?.outputResources?.amis?.[0]?.image ?? "";
        return { id, attributes: { Arn: id, ImageId, Name: image?.name ?? "" } };
      }
      if (context.signal.aborted && status === "BUILDING") {
        await context.call(builder.CancelImageCreationCommand, {
          imageBuildVersionArn: id,
          clientToken: "called-off",
        });
      } else if (status !== "BUILDING") {
        await context.call(builder.DeleteImageCommand, { imageBuildVersionArn: id });
        throw new Error(
          `Resource handler returned message: "Image '${id}' failed with status '${status}' and reason '${reason}'"`,
        );
      }
      await delay(LOOK_EVERY);
    }
  },
  delete: ({ id }, _, context) =>
    unlessGone(() => context.call(builder.DeleteImageCommand, { imageBuildVersionArn: id })),
};

function inputOf(properties: JsonObject, { stack, logicalId }: ResourceContext): object {
  const { Version, ...others } = properties;
  return {
    ...(asInput(others) as object),
    ...(Version === undefined ? {} : { semanticVersion: Version }),
    clientToken: `${stack.name}-${logicalId}`,
  };
}

export const IMAGES: Readonly<Record<string, ResourceHandler>> = {
  "AWS::ImageBuilder::Component": keptAs(
    builder.CreateComponentCommand,
    builder.DeleteComponentCommand,
    "componentBuildVersionArn",
  ),
  "AWS::ImageBuilder::ImageRecipe": keptAs(
    builder.CreateImageRecipeCommand,
    builder.DeleteImageRecipeCommand,
    "imageRecipeArn",
  ),
  "AWS::ImageBuilder::InfrastructureConfiguration": keptAs(
    builder.CreateInfrastructureConfigurationCommand,
    builder.DeleteInfrastructureConfigurationCommand,
    "infrastructureConfigurationArn",
  ),
  "AWS::ImageBuilder::DistributionConfiguration": keptAs(
    builder.CreateDistributionConfigurationCommand,
    builder.DeleteDistributionConfigurationCommand,
    "distributionConfigurationArn",
  ),
  "AWS::ImageBuilder::Image": IMAGE,
};
