import type { ImageBuildConfig } from "@sluice/model";
import { CfnInstanceProfile, CfnRole } from "aws-cdk-lib/aws-iam";
import {
  CfnComponent,
  CfnDistributionConfiguration,
  CfnImage,
  CfnImageRecipe,
  CfnInfrastructureConfiguration,
} from "aws-cdk-lib/aws-imagebuilder";
import { Aws, type Stack } from "aws-cdk-lib/core";
import { given } from "../infrastructure/synth/given.ts";
import { allow, policyOf, type Statement } from "../infrastructure/synth/iam/statement.ts";
import {
  type MakeApp,
  newStack,
  plainApp,
  synthesised,
} from "../infrastructure/synth/templates.ts";
import { imageLabel } from "../names.ts";
import type { ComponentOf } from "./documents.ts";
import type { ParentImage } from "./parent.ts";

export interface ImageStack {
  readonly id: string;
  /** Which build of that id. */
  readonly build: string;
  readonly region: string;
  readonly config: ImageBuildConfig;
  readonly parent: ParentImage;
  readonly components: readonly ComponentOf[];
  /** Of the image. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Logical id of what takes as long as the build. */
export const IMAGE_RESOURCE = "Image";

/** GiB that packages and what they unpack take beyond the parent's disk. */
const ROOM_FOR_PACKAGES = 4;
const VERSION = "1.0.0";
/** Names of images have 128 characters at most; the date behind it is what tells them apart. */
const MOST_NAME = 96;

/** The template of the stack that builds an image, and that goes when the image is there. */
export function imageTemplate(request: ImageStack, makeApp: MakeApp = plainApp): string {
  const name = imageLabel(request.id, request.build);
  const [[, template] = ["", ""]] = synthesised(makeApp, (app) => {
    const stack = newStack(app, name, `Sluice's image ${request.id}`);
    addImage(stack, request, name);
    return [name];
  });
  return template;
}

function addImage(stack: Stack, request: ImageStack, name: string): void {
  const { config, parent } = request;
  const { Build, DevSettings } = config;
  const components = request.components.map((component, index) => ({
    componentArn:
      component.kind === "arn"
        ? component.arn
        : new CfnComponent(stack, `Component${index + 1}`, {
            name: `${name}-${index + 1}`,
            platform: "Linux",
            version: VERSION,
            data: component.text,
          }).ref,
  }));
  const volume = config.Image?.RootVolume;
  const recipe = new CfnImageRecipe(stack, "Recipe", {
    name,
    version: VERSION,
    parentImage: parent.image,
    components,
    blockDeviceMappings: [
      {
        deviceName: parent.root.device,
        ebs: given({
          volumeSize: volume?.Size ?? parent.root.sizeGiB + ROOM_FOR_PACKAGES,
          volumeType: "gp3",
          deleteOnTermination: true,
          encrypted: volume?.Encrypted,
          kmsKeyId: volume?.KmsKeyId,
        }),
      },
    ],
  });
  const infrastructure = new CfnInfrastructureConfiguration(
    stack,
    "Infrastructure",
    given({
      name,
      instanceTypes: [Build.InstanceType ?? ""],
      instanceProfileName: instanceProfile(stack, config),
      securityGroupIds:
        Build.SecurityGroupIds === undefined ? undefined : [...Build.SecurityGroupIds],
      subnetId: Build.SubnetId,
      terminateInstanceOnFailure: DevSettings?.TerminateInstanceOnFailure ?? true,
      instanceMetadataOptions: {
        httpTokens: Build.Imds.ImdsSupport === "v1.0" ? "optional" : "required",
        httpPutResponseHopLimit: 2,
      },
      resourceTags: tagsOf(Build.Tags),
    }),
  );
  const distribution = new CfnDistributionConfiguration(stack, "Distribution", {
    name,
    distributions: regionsOf(request).map((region) => ({
      region,
      amiDistributionConfiguration: given({
        Name: `${(config.Image?.Name ?? request.id).slice(0, MOST_NAME)} {{ imagebuilder:buildDate }}`,
        AmiTags: request.tags,
        KmsKeyId: region === request.region ? volume?.KmsKeyId : undefined,
        LaunchPermissionConfiguration: launchPermission(DevSettings?.DistributionConfiguration),
      }),
    })),
  });
  new CfnImage(stack, IMAGE_RESOURCE, {
    imageRecipeArn: recipe.ref,
    infrastructureConfigurationArn: infrastructure.ref,
    distributionConfigurationArn: distribution.ref,
    enhancedImageMetadataEnabled: false,
    imageTestsConfiguration: {
      imageTestsEnabled: DevSettings?.DisableValidateAndTest !== true,
    },
  });
}

/** The stack's own region first. */
function regionsOf({ region, config }: ImageStack): readonly string[] {
  const others = config.DevSettings?.DistributionConfiguration?.Regions ?? "";
  const names = others.split(",").map((name) => name.trim());
  return [...new Set([region, ...names.filter((name) => name !== "")])];
}

/** With the API's small first letters or CloudFormation's. */
function launchPermission(
  settings: { readonly LaunchPermission?: string | undefined } | undefined,
): unknown {
  const text = settings?.LaunchPermission;
  if (text === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(JSON.parse(text) as object).map(([key, value]) => [
      key.charAt(0).toUpperCase() + key.slice(1),
      value,
    ]),
  );
}

function tagsOf(
  tags: readonly { readonly Key: string; readonly Value: string }[] | undefined,
): Record<string, string> | undefined {
  return tags && Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** Path of roles of builds: rights to pass them on are said by it. */
const PATH = "/sluice/images/";

/** The file's, or one for a role that may do what Image Builder's agent does, and read its scripts. */
function instanceProfile(stack: Stack, { Build }: ImageBuildConfig): string {
  const { InstanceProfile, InstanceRole, AdditionalIamPolicies, PermissionsBoundary } =
    Build.Iam ?? {};
  if (InstanceProfile !== undefined) return lastOf(InstanceProfile);
  const managed = ["EC2InstanceProfileForImageBuilder", "AmazonSSMManagedInstanceCore"];
  const scripts = scriptObjects(Build);
  const role =
    InstanceRole === undefined
      ? new CfnRole(
          stack,
          "Role",
          given({
            path: PATH,
            permissionsBoundary: PermissionsBoundary,
            assumeRolePolicyDocument: policyOf([
              {
                Effect: "Allow",
                Principal: { Service: `ec2.${Aws.URL_SUFFIX}` },
                Action: "sts:AssumeRole",
              } as unknown as Statement,
            ]),
            managedPolicyArns: [
              ...managed.map((policy) => `arn:${Aws.PARTITION}:iam::aws:policy/${policy}`),
              ...(AdditionalIamPolicies ?? []).map(({ Policy }) => Policy),
            ],
            policies:
              scripts.length === 0
                ? undefined
                : [
                    {
                      policyName: "sluice",
                      policyDocument: policyOf([allow("Scripts", ["s3:GetObject"], scripts)]),
                    },
                  ],
          }),
        ).ref
      : lastOf(InstanceRole);
  return new CfnInstanceProfile(stack, "Profile", { path: PATH, roles: [role] }).ref;
}

function scriptObjects({ Components = [] }: ImageBuildConfig["Build"]): readonly string[] {
  return Components.flatMap(({ Type, Value }) =>
    Type === "script" && Value.startsWith("s3://")
      ? [`arn:${Aws.PARTITION}:s3:::${Value.slice("s3://".length)}`]
      : [],
  );
}

/** The name at the end of an ARN with a path. */
function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
