import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as builder from "@aws-sdk/client-imagebuilder";
import { type Call, handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { addImage } from "../ec2/images.ts";
import type { BuiltImage, Kept } from "./state.ts";

/** EC2 Image Builder: what it is given is kept, and a build is an image at once, or fails as ordered. */
export function imageBuilderService(region: Region): Service {
  const { imageBuilds: state } = region;
  const arn = (kind: string, name: string): string =>
    `arn:aws:imagebuilder:${region.name}:${region.account}:${kind}/${name.toLowerCase()}`;
  const keep = (made: Kept): string => {
    if (state.kept.has(made.arn)) {
      throw new ServiceError("ResourceAlreadyExistsException", `${made.arn} already exists.`);
    }
    state.kept.set(made.arn, made);
    return made.arn;
  };
  const drop = (what: string | undefined): void => {
    const users = [...state.kept.values()].filter(({ uses }) => uses.includes(what ?? ""));
    if (users.length > 0) {
      const message = `${what} is used by ${users.map((one) => one.arn).join(", ")}`;
      throw new ServiceError("ResourceDependencyException", message);
    }
    if (!state.kept.delete(what ?? "")) throw missing(what);
  };
  const used = (what: string | undefined): Kept => {
    const found = state.kept.get(what ?? "");
    if (found === undefined) throw missing(what);
    return found;
  };

  return {
    name: "imagebuilder",
    protocol: "restJson",
    operations: {
      CreateComponent: handle(builder.CreateComponentCommand, (input) => {
        const { name = "", semanticVersion = "", data = "" } = input;
        if (data.length > MOST_DATA) {
          throw new ServiceError("InvalidParameterValueException", "data is too long");
        }
        requireDocument(data);
        const made = arn("component", `${name}/${semanticVersion}/1`);
        return { componentBuildVersionArn: keep({ arn: made, name, uses: [], input }) };
      }),
      DeleteComponent: handle(builder.DeleteComponentCommand, ({ componentBuildVersionArn }) => {
        drop(componentBuildVersionArn);
        return { componentBuildVersionArn };
      }),
      CreateImageRecipe: handle(builder.CreateImageRecipeCommand, (input) => {
        const { name = "", semanticVersion = "", components = [], parentImage = "" } = input;
        const uses = components.flatMap(({ componentArn = "" }) =>
          componentArn.includes(":aws:component/") ? [] : [used(componentArn).arn],
        );
        if (
          parentImage.startsWith("ami-") &&
          region.ec2.state.images.find(parentImage) === undefined
        ) {
          const message = `The source image ${parentImage} does not exist.`;
          throw new ServiceError("InvalidParameterValueException", message);
        }
        const made = arn("image-recipe", `${name}/${semanticVersion}`);
        return { imageRecipeArn: keep({ arn: made, name, uses, input }) };
      }),
      DeleteImageRecipe: handle(builder.DeleteImageRecipeCommand, ({ imageRecipeArn }) => {
        drop(imageRecipeArn);
        return { imageRecipeArn };
      }),
      CreateInfrastructureConfiguration: handle(
        builder.CreateInfrastructureConfigurationCommand,
        (input, call) => {
          const { name = "", instanceProfileName = "" } = input;
          passRole(region, call, instanceProfileName);
          const made = arn("infrastructure-configuration", name);
          return {
            infrastructureConfigurationArn: keep({ arn: made, name, uses: [], input }),
          };
        },
      ),
      DeleteInfrastructureConfiguration: handle(
        builder.DeleteInfrastructureConfigurationCommand,
        ({ infrastructureConfigurationArn }) => {
          drop(infrastructureConfigurationArn);
          return { infrastructureConfigurationArn };
        },
      ),
      CreateDistributionConfiguration: handle(
        builder.CreateDistributionConfigurationCommand,
        (input) => {
          const { name = "" } = input;
          const made = arn("distribution-configuration", name);
          return { distributionConfigurationArn: keep({ arn: made, name, uses: [], input }) };
        },
      ),
      DeleteDistributionConfiguration: handle(
        builder.DeleteDistributionConfigurationCommand,
        ({ distributionConfigurationArn }) => {
          drop(distributionConfigurationArn);
          return { distributionConfigurationArn };
        },
      ),
      CreateImage: handle(builder.CreateImageCommand, async (input) => {
        const recipe = used(input.imageRecipeArn);
        const distribution = used(input.distributionConfigurationArn);
        const infrastructure = used(input.infrastructureConfigurationArn);
        const made = arn("image", `${recipe.name}/1.0.0/1`);
        const image: BuiltImage = {
          arn: made,
          name: recipe.name,
          uses: [recipe.arn, distribution.arn, infrastructure.arn],
          input,
          state: { status: "BUILDING" },
          ami: undefined,
        };
        keep(image);
        void build(region, image, recipe, distribution).catch((error) =>
          region.defects.push(error),
        );
        return { imageBuildVersionArn: made };
      }),
      GetImage: handle(builder.GetImageCommand, ({ imageBuildVersionArn }) => {
        const { state: status, ami, name } = used(imageBuildVersionArn) as BuiltImage;
        return {
          image: {
            arn: imageBuildVersionArn,
            name,
            state: status,
            ...(ami === undefined
              ? {}
              : { outputResources: { amis: [{ region: region.name, image: ami }] } }),
          },
        };
      }),
      CancelImageCreation: handle(
        builder.CancelImageCreationCommand,
        ({ imageBuildVersionArn }) => {
          const image = used(imageBuildVersionArn) as BuiltImage;
          image.state = { status: "CANCELLED", reason: "Cancelled by user" };
          return { imageBuildVersionArn };
        },
      ),
      DeleteImage: handle(builder.DeleteImageCommand, ({ imageBuildVersionArn }) => {
        drop(imageBuildVersionArn);
        return { imageBuildVersionArn };
      }),
    },
  };
}

/** Characters of a component's document that is not in S3. */
const MOST_DATA = 16_000;

/** As Image Builder checks what it is given; ours are JSON, which is YAML. */
function requireDocument(data: string): void {
  const { schemaVersion, phases } = JSON.parse(data) as {
    readonly schemaVersion?: unknown;
    readonly phases?: readonly { readonly name: string; readonly steps: readonly object[] }[];
  };
  const isWell =
    schemaVersion === 1 &&
    phases?.every(({ name, steps }) => /^(build|validate|test)$/.test(name) && steps.length > 0) ===
      true;
  if (!isWell) throw new ServiceError("InvalidParameterValueException", "the document is invalid");
}

function passRole(region: Region, call: Call, profile: string): void {
  const role = region.iam.roleOfProfile(profile);
  if (role === undefined) {
    const message = `The instance profile ${profile} does not exist or has no role.`;
    throw new ServiceError("InvalidParameterValueException", message);
  }
  if (call.caller !== region.root) region.authorisePassRole(call, role.arn, "ec2.amazonaws.com");
}

/** The machine that builds, which is not there: what it would say, and what becomes of it. */
async function build(
  region: Region,
  image: BuiltImage,
  recipe: Kept,
  distribution: Kept,
): Promise<void> {
  const { imageBuilds } = region;
  const { log, failure } = imageBuilds.next ?? {};
  imageBuilds.next = undefined;
  await imageBuilds.pause;
  if (image.state.status === "CANCELLED") return;
  const logGroupName = `/aws/imagebuilder/${recipe.name}`;
  const logStreamName = "1.0.0/1";
  await region.call(logs.CreateLogGroupCommand, { logGroupName }).catch(() => {});
  await region.call(logs.CreateLogStreamCommand, { logGroupName, logStreamName });
  const timestamp = region.now().getTime();
  await region.call(logs.PutLogEventsCommand, {
    logGroupName,
    logStreamName,
    logEvents: (log ?? SAID).map((message) => ({ timestamp, message })),
  });
  if (failure !== undefined) {
    image.state = { status: "FAILED", reason: failure };
    return;
  }
  const { parentImage, blockDeviceMappings } = recipe.input as builder.CreateImageRecipeRequest;
  const parent = region.ec2.state.images.find(parentImage ?? "");
  const { distributions = [] } =
    distribution.input as builder.CreateDistributionConfigurationRequest;
  const ours = distributions.find(
    (one) => one.region === region.name,
  )?.amiDistributionConfiguration;
  const sizeGiB = blockDeviceMappings?.[0]?.ebs?.volumeSize;
  const name = (ours?.name ?? recipe.name).replace(
    /\{\{ *imagebuilder:buildDate *\}\}/,
    region.now().toISOString().replaceAll(":", "-"),
  );
  const made = addImage(region.ec2.state, {
    name,
    arch: parent?.Architecture === "arm64" ? "arm64" : "x86_64",
    root: parent?.RootDeviceName,
    ...(sizeGiB === undefined ? {} : { sizeGiB }),
    tags: { ...ours?.amiTags, CreatedBy: "EC2 Image Builder" },
  });
  image.ami = made.ImageId;
  image.state = { status: "AVAILABLE" };
}

const SAID = ["sluice: packages begins", "sluice: the image has slurm 24.11.5"];

function missing(what: string | undefined): ServiceError {
  return new ServiceError("ResourceNotFoundException", `${what} does not exist.`, 404);
}
