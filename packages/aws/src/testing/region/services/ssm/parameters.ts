import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { PUBLIC_PARAMETERS } from "./public-parameters.ts";

interface Parameter {
  readonly Name: string;
  readonly Type: "String" | "StringList" | "SecureString";
  readonly Value: string;
  readonly Version: number;
  readonly LastModifiedDate: Date;
  readonly DataType: string;
  readonly ARN: string;
}

const MOST_CHARACTERS = 4096;
/** Of a page of GetParametersByPath, and of a GetParameters. */
const MOST_PARAMETERS = 10;

export function parameterOperations(region: Region): Service["operations"] {
  const parameters = new Map<string, Parameter>();
  const put = (Name: string, Value: string, Type: Parameter["Type"]): Parameter => {
    const parameter = {
      Name,
      Type,
      Value,
      Version: (parameters.get(Name)?.Version ?? 0) + 1,
      LastModifiedDate: region.now(),
      DataType: "text",
      ARN: parameterArn(region, Name),
    };
    parameters.set(Name, parameter);
    return parameter;
  };
  for (const [name, value] of Object.entries(PUBLIC_PARAMETERS)) put(name, value, "String");

  /** @param reference a name, a name with a version, or an ARN. */
  const find = (reference: string): Parameter | undefined => {
    const name = reference.replace(/^arn:aws:ssm:[^:]*:\d*:parameter/, "").replace(/:\d+$/, "");
    return parameters.get(name) ?? parameters.get(name.replace(/^\//, ""));
  };
  const known = (name: string | undefined): Parameter => {
    const parameter = find(name ?? "");
    if (parameter === undefined) throw new ServiceError("ParameterNotFound", "");
    return parameter;
  };

  return {
    PutParameter: handle(PutParameterCommand, (input) => {
      const { Name = "", Value = "", Type = "String", Overwrite } = input;
      if (!/^[\w./-]+$/.test(Name) || /^\/?(aws|ssm)/i.test(Name)) {
        throw new ServiceError("ValidationException", `${Name} is not a parameter's name`);
      }
      if (Value.length > MOST_CHARACTERS || Value === "") {
        throw new ServiceError(
          "ValidationException",
          `Standard tier parameters support a maximum parameter value of ${MOST_CHARACTERS} characters, and at least one.`,
        );
      }
      if (parameters.has(Name) && Overwrite !== true) {
        throw new ServiceError("ParameterAlreadyExists", "The parameter already exists.");
      }
      return { Version: put(Name, Value, Type).Version, Tier: "Standard" as const };
    }),
    GetParameter: handle(GetParameterCommand, ({ Name }) => ({ Parameter: known(Name) })),
    GetParameters: handle(GetParametersCommand, ({ Names = [] }) => {
      if (Names.length > MOST_PARAMETERS) {
        throw new ServiceError("ValidationException", `at most ${MOST_PARAMETERS} names`);
      }
      return {
        Parameters: Names.flatMap((name) => find(name) ?? []),
        InvalidParameters: Names.filter((name) => find(name) === undefined),
      };
    }),
    GetParametersByPath: handle(GetParametersByPathCommand, (input) => {
      const { Recursive = false, MaxResults = MOST_PARAMETERS, NextToken = "0" } = input;
      const path = `${(input.Path ?? "").replace(/\/$/, "")}/`;
      const below = [...parameters.values()]
        .filter(({ Name }) => Name.startsWith(path))
        .filter(({ Name }) => Recursive || !Name.slice(path.length).includes("/"))
        .toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
      const from = Number(NextToken);
      const to = from + Math.min(MaxResults, MOST_PARAMETERS);
      return {
        Parameters: below.slice(from, to),
        ...(to < below.length ? { NextToken: String(to) } : {}),
      };
    }),
    DescribeParameters: handle(DescribeParametersCommand, ({ ParameterFilters = [] }) => {
      const wanted = ParameterFilters.filter(({ Key }) => Key === "Name");
      const fits = (name: string): boolean =>
        wanted.every(({ Option, Values = [] }) =>
          Values.some((value) =>
            Option === "BeginsWith" ? name.startsWith(value) : name === value,
          ),
        );
      return {
        Parameters: [...parameters.values()]
          .filter(({ Name }) => fits(Name))
          .map(({ Value: _, ...rest }) => rest),
      };
    }),
    DeleteParameter: handle(DeleteParameterCommand, ({ Name }) => {
      parameters.delete(known(Name).Name);
      return {};
    }),
    DeleteParameters: handle(DeleteParametersCommand, ({ Names = [] }) => {
      const there = Names.filter((name) => parameters.delete(name));
      return {
        DeletedParameters: there,
        InvalidParameters: Names.filter((name) => !there.includes(name)),
      };
    }),
    AddTagsToResource: handle(AddTagsToResourceCommand, ({ ResourceId }) => {
      known(ResourceId);
      return {};
    }),
  };
}

export function parameterArn({ name, account }: Region, parameter: string): string {
  if (parameter.startsWith("arn:")) return parameter;
  const owner = parameter.startsWith("/aws/") ? "" : account;
  return `arn:aws:ssm:${name}:${owner}:parameter/${parameter.replace(/^\//, "")}`;
}
