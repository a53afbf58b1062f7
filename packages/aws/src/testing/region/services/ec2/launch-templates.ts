import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { described, type Filters, fields, pageOf } from "./describe.ts";
import { Idempotency } from "./idempotency.ts";
import type { Ec2State, Operations, TemplateVersion } from "./state.ts";
import { tagsFor } from "./tags.ts";

const FILTERS: Filters<LaunchTemplate> = {
  ...fields<LaunchTemplate>("LaunchTemplateName"),
  "create-time": ({ CreateTime }) => CreateTime?.toISOString(),
};

export function launchTemplateOperations(state: Ec2State): Operations {
  const tokens = new Idempotency();
  return {
    CreateLaunchTemplate: handle(CreateLaunchTemplateCommand, (input, call) =>
      tokens.once("CreateLaunchTemplate", input.ClientToken, input, async () => {
        const name = input.LaunchTemplateName ?? "";
        if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name)) {
          throw new ServiceError(
            "InvalidLaunchTemplateName.MalformedException",
            "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.",
          );
        }
        if (named(state, name) !== undefined) {
          throw new ServiceError(
            "InvalidLaunchTemplateName.AlreadyExistsException",
            "Launch template name already in use.",
          );
        }
        const LaunchTemplate: LaunchTemplate = {
          LaunchTemplateId: state.templates.newId(),
          LaunchTemplateName: name,
          CreateTime: state.region.now(),
          CreatedBy: call.caller.arn,
          DefaultVersionNumber: 1,
          LatestVersionNumber: 1,
          Tags: tagsFor(input.TagSpecifications, "launch-template"),
        };
        state.templates.add(LaunchTemplate);
        addVersion(state, LaunchTemplate, input.LaunchTemplateData ?? {}, input.VersionDescription);
        return { LaunchTemplate };
      }),
    ),
    CreateLaunchTemplateVersion: handle(CreateLaunchTemplateVersionCommand, (input) => {
      const template = templateOf(state, input);
      const source =
        input.SourceVersion === undefined
          ? {}
          : versionOf(state, template, input.SourceVersion).data;
      template.LatestVersionNumber = (template.LatestVersionNumber ?? 0) + 1;
      const data = { ...source, ...input.LaunchTemplateData };
      return {
        LaunchTemplateVersion: addVersion(state, template, data, input.VersionDescription),
      };
    }),
    ModifyLaunchTemplate: handle(ModifyLaunchTemplateCommand, (input) => {
      const LaunchTemplate = templateOf(state, input);
      const { row } = versionOf(state, LaunchTemplate, input.DefaultVersion ?? "");
      LaunchTemplate.DefaultVersionNumber = row.VersionNumber;
      return { LaunchTemplate };
    }),
    DeleteLaunchTemplate: handle(DeleteLaunchTemplateCommand, (input) => {
      const LaunchTemplate = templateOf(state, input);
      state.templates.delete(LaunchTemplate.LaunchTemplateId ?? "");
      state.templateVersions.delete(LaunchTemplate.LaunchTemplateId ?? "");
      return { LaunchTemplate };
    }),
    DescribeLaunchTemplates: handle(DescribeLaunchTemplatesCommand, (input) => {
      const ids = [
        ...(input.LaunchTemplateIds ?? []),
        ...(input.LaunchTemplateNames ?? []).map(
          (LaunchTemplateName) => templateOf(state, { LaunchTemplateName }).LaunchTemplateId ?? "",
        ),
      ];
      const found = described(state.templates, ids, input, FILTERS);
      return { LaunchTemplates: found.rows, NextToken: found.NextToken };
    }),
    DescribeLaunchTemplateVersions: handle(DescribeLaunchTemplateVersionsCommand, (input) => {
      const template = templateOf(state, input);
      const all = versionsOf(state, template);
      const asked = input.Versions?.map((version) => versionOf(state, template, version)) ?? all;
      const rows = asked.map(({ row }) => ({
        ...row,
        DefaultVersion: row.VersionNumber === template.DefaultVersionNumber,
      }));
      const page = pageOf(rows, input, ({ VersionNumber = 0 }) => VersionNumber);
      return { LaunchTemplateVersions: page.rows, NextToken: page.NextToken };
    }),
  };
}

export interface TemplateName {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

function named(state: Ec2State, name: string | undefined): LaunchTemplate | undefined {
  return state.templates.values().find(({ LaunchTemplateName }) => LaunchTemplateName === name);
}

/** @throws ServiceError when there is none, by id or by name. */
export function templateOf(state: Ec2State, asked: TemplateName): LaunchTemplate {
  if (asked.LaunchTemplateId !== undefined) return state.templates.get(asked.LaunchTemplateId);
  const template = named(state, asked.LaunchTemplateName);
  if (template !== undefined) return template;
  throw new ServiceError(
    "InvalidLaunchTemplateName.NotFoundException",
    `The specified launch template, with template name ${asked.LaunchTemplateName}, does not exist.`,
  );
}

function versionsOf(state: Ec2State, { LaunchTemplateId = "" }: LaunchTemplate) {
  return state.templateVersions.get(LaunchTemplateId) ?? [];
}

/** @param version a number, `$Latest` or `$Default`. */
export function versionOf(
  state: Ec2State,
  template: LaunchTemplate,
  version = "$Default",
): TemplateVersion {
  const number =
    version === "$Latest"
      ? template.LatestVersionNumber
      : version === "$Default"
        ? template.DefaultVersionNumber
        : Number(version);
  const found = versionsOf(state, template).find(({ row }) => row.VersionNumber === number);
  if (found !== undefined) return found;
  throw new ServiceError(
    "InvalidLaunchTemplateId.VersionNotFound",
    `Could not find the specified version ${version} for the launch template with ID ${template.LaunchTemplateId}.`,
  );
}

function addVersion(
  state: Ec2State,
  template: LaunchTemplate,
  data: RequestLaunchTemplateData,
  description: string | undefined,
): LaunchTemplateVersion {
  const row: LaunchTemplateVersion = {
    LaunchTemplateId: template.LaunchTemplateId,
    LaunchTemplateName: template.LaunchTemplateName,
    VersionNumber: template.LatestVersionNumber,
    VersionDescription: description,
    CreateTime: new Date(),
    DefaultVersion: template.LatestVersionNumber === template.DefaultVersionNumber,
    LaunchTemplateData: data as ResponseLaunchTemplateData,
  };
  const id = template.LaunchTemplateId ?? "";
  state.templateVersions.set(id, [...versionsOf(state, template), { row, data }]);
  return row;
}
