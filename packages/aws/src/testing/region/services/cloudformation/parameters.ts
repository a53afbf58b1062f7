import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { Region } from "../../region.ts";
import type { ParameterDeclaration, Template } from "./template.ts";
import { validationError } from "./template.ts";

export interface GivenParameter {
  readonly ParameterKey?: string | undefined;
  readonly ParameterValue?: string | undefined;
  readonly UsePreviousValue?: boolean | undefined;
}

/** Parameters as they are kept with a stack: what was given, else the former or the default. */
export function parametersOf(
  template: Template,
  given: readonly GivenParameter[],
  former: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const declared = template.Parameters ?? {};
  const unknown = given.flatMap(({ ParameterKey = "" }) =>
    Object.hasOwn(declared, ParameterKey) ? [] : [ParameterKey],
  );
  if (unknown.length > 0) {
    throw validationError(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  }
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, { Default }] of Object.entries(declared)) {
    const one = given.find(({ ParameterKey }) => ParameterKey === name);
    const value =
      one?.UsePreviousValue === true
        ? former[name]
        : (one?.ParameterValue ?? (Default === undefined ? undefined : String(Default)));
    if (value === undefined) missing.push(name);
    else values[name] = value;
  }
  if (missing.length > 0) {
    throw validationError(`Parameters: [${missing.join(", ")}] must have values`);
  }
  return values;
}

/** Parameters as expressions see them: lists split, values of SSM looked up, images looked for. */
export async function resolvedParameters(
  template: Template,
  values: Readonly<Record<string, string>>,
  region: Region,
): Promise<Readonly<Record<string, string | readonly string[]>>> {
  const resolved: Record<string, string | readonly string[]> = {};
  for (const [name, declaration] of Object.entries(template.Parameters ?? {})) {
    resolved[name] = await resolvedParameter(name, declaration, values[name] ?? "", region);
  }
  return resolved;
}

async function resolvedParameter(
  name: string,
  { Type, AllowedValues }: ParameterDeclaration,
  value: string,
  region: Region,
): Promise<string | readonly string[]> {
  if (AllowedValues !== undefined && !AllowedValues.includes(value)) {
    throw validationError(`Parameter '${name}' must be one of AllowedValues`);
  }
  const ofSsm = /^AWS::SSM::Parameter::Value<(.+)>$/.exec(Type)?.[1];
  if (ofSsm !== undefined) {
    const { Parameter } = await region.call(GetParameterCommand, { Name: value });
    return /^(List<|CommaDelimitedList)/.test(ofSsm)
      ? (Parameter?.Value ?? "").split(",")
      : (Parameter?.Value ?? "");
  }
  if (Type === "AWS::EC2::Image::Id") await requireImage(name, value, region);
  return /^(List<|CommaDelimitedList)/.test(Type)
    ? value.split(",").map((item) => item.trim())
    : value;
}

async function requireImage(name: string, image: string, region: Region): Promise<void> {
  const { Images = [] } = await region
    .call(DescribeImagesCommand, { ImageIds: [image] })
    .catch(() => ({ Images: [] }));
  if (Images.length > 0) return;
  throw validationError(
    `Parameter validation failed: parameter value ${image} for parameter name ${name} does not exist. Rollback requested by user.`,
  );
}
