import * as cfn from "@aws-sdk/client-cloudformation";
import { type Call, handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { changeSetOf } from "./change-sets.ts";
import { Deployer } from "./deployer.ts";
import type { ResourceHandler } from "./handler.ts";
import { type GivenParameter, parametersOf } from "./parameters.ts";
import { customResource } from "./resources/custom.ts";
import { eventRule } from "./resources/event-rule.ts";
import { handlers } from "./resources/index.ts";
import { fetched, nestedStacks } from "./resources/nested.ts";
import { Stack, type StackInput } from "./stack.ts";
import { Stacks } from "./stacks.ts";
import { parseTemplate, type Template, validationError } from "./template.ts";
import {
  changeSetView,
  changesView,
  eventView,
  page,
  resourceView,
  stackView,
  summaryView,
  tagsView,
} from "./views.ts";

/** CloudFormation: stacks that make the region's own resources. */
export function cloudFormationService(region: Region): Service {
  const stacks = new Stacks();
  const handlerOf: (type: string) => ResourceHandler = (type) => ofType(type);
  const deployer = new Deployer(region, handlerOf);
  const ofType = handlers({
    "AWS::CloudFormation::Stack": nestedStacks(() => deployer, stacks),
    "AWS::CloudFormation::CustomResource": customResource,
    "AWS::Events::Rule": eventRule,
  });
  region.onClose(async () => {
    const working = stacks.all().flatMap(({ work }) => work ?? []);
    for (const { abort } of working) abort.abort();
    await Promise.all(working.map(({ done }) => done));
  });
  return {
    name: "cloudformation",
    protocol: "query",
    authorise: (_, input) => {
      const { StackName, StackId } = input as { StackName?: string; StackId?: string };
      const given = StackName ?? StackId;
      if (given === undefined) return { resources: ["*"] };
      const id = stacks.get(given)?.id ?? given;
      const { account, name } = region;
      return {
        resources: [
          id.startsWith("arn:") ? id : `arn:aws:cloudformation:${name}:${account}:stack/${id}/*`,
        ],
      };
    },
    operations: {
      ...changing(region, stacks, deployer, handlerOf),
      ...looking(stacks),
    },
  };
}

interface TemplateInput {
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
  readonly UsePreviousTemplate?: boolean | undefined;
  readonly Parameters?: readonly GivenParameter[] | undefined;
  readonly Tags?: readonly cfn.Tag[] | undefined;
  readonly Capabilities?: readonly string[] | undefined;
}

function changing(
  region: Region,
  stacks: Stacks,
  deployer: Deployer,
  handlerOf: (type: string) => ResourceHandler,
): Service["operations"] {
  const inputOf = async (
    input: TemplateInput,
    { caller }: Call,
    former?: Stack,
  ): Promise<StackInput> => {
    const { TemplateBody, TemplateURL, UsePreviousTemplate } = input;
    const call = {
      call: (command: never, content: never) => region.call(command, content, caller),
    };
    const templateText =
      UsePreviousTemplate === true
        ? (former?.input.templateText ?? "")
        : (TemplateBody ?? (await fetched(TemplateURL ?? "", call as never)));
    const template = parseTemplate(templateText, TemplateBody === undefined ? "bucket" : "call");
    const capabilities = input.Capabilities ?? [];
    requireCapabilities(template, capabilities);
    return {
      template,
      templateText,
      parameters: parametersOf(template, input.Parameters ?? [], former?.input.parameters),
      tags:
        input.Tags === undefined
          ? (former?.input.tags ?? {})
          : Object.fromEntries(input.Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
      capabilities,
      caller,
    };
  };
  const begin = (name: string, input: StackInput): Stack => {
    if (stacks.get(name) !== undefined) {
      throw new ServiceError("AlreadyExistsException", `Stack [${name}] already exists`);
    }
    const stack = new Stack({ name, region: region.name, account: region.account, input });
    stacks.add(stack);
    return stack;
  };
  return {
    CreateChangeSet: handle(cfn.CreateChangeSetCommand, async (input, call) => {
      const { StackName = "", ChangeSetName = "", ChangeSetType = "UPDATE" } = input;
      const type = ChangeSetType === "CREATE" ? "CREATE" : "UPDATE";
      const known = stacks.get(StackName);
      if (type === "UPDATE") requireUpdatable(stacks.require(StackName));
      else if (known !== undefined && known.status !== "REVIEW_IN_PROGRESS") {
        throw validationError(
          `Stack [${StackName}] already exists and cannot be created again with the changeSet [${ChangeSetName}].`,
        );
      }
      const wanted = await inputOf(input, call, known);
      const stack = known ?? begin(StackName, wanted);
      if (known === undefined) stack.setStatus("REVIEW_IN_PROGRESS", "User Initiated");
      const changeSet = await changeSetOf({
        name: ChangeSetName,
        stack,
        type,
        input: wanted,
        onStackFailure: input.OnStackFailure,
        region,
        handlerOf,
      });
      stacks.addChangeSet(changeSet);
      return { Id: changeSet.id, StackId: stack.id };
    }),
    DescribeChangeSet: handle(
      cfn.DescribeChangeSetCommand,
      ({ ChangeSetName, StackName, NextToken }) => {
        const changeSet = stacks.changeSet(ChangeSetName, StackName);
        const { items, next } = page(changesView(changeSet), NextToken);
        return {
          ...changeSetView(changeSet),
          Parameters: stackView(changeSet.stack).Parameters,
          Tags: tagsView(changeSet.input.tags),
          Changes: items,
          ...next,
        };
      },
    ),
    ExecuteChangeSet: handle(cfn.ExecuteChangeSetCommand, (input) => {
      const changeSet = stacks.changeSet(input.ChangeSetName, input.StackName);
      const { stack } = changeSet;
      if (changeSet.executionStatus !== "AVAILABLE") {
        throw new ServiceError(
          "InvalidChangeSetStatus",
          `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
        );
      }
      if (input.DisableRollback !== undefined && changeSet.isFailureGiven) {
        throw validationError(
          "DisableRollback can't be specified when OnStackFailure was specified for the change set",
        );
      }
      changeSet.executionStatus = "EXECUTE_COMPLETE";
      stacks.removeChangeSet(changeSet);
      stack.onFailure = input.DisableRollback === true ? "DO_NOTHING" : changeSet.onStackFailure;
      if (changeSet.type === "CREATE") {
        stack.input = changeSet.input;
        void deployer.create(stack);
      } else {
        requireUpdatable(stack);
        void deployer.update(stack, changeSet.input);
      }
      return {};
    }),
    DeleteChangeSet: handle(cfn.DeleteChangeSetCommand, ({ ChangeSetName, StackName }) => {
      stacks.removeChangeSet(stacks.changeSet(ChangeSetName, StackName));
      return {};
    }),
    CreateStack: handle(cfn.CreateStackCommand, async (input, call) => {
      const stack = begin(input.StackName ?? "", await inputOf(input, call));
      stack.onFailure =
        input.DisableRollback === true ? "DO_NOTHING" : (input.OnFailure ?? "ROLLBACK");
      void deployer.create(stack);
      return { StackId: stack.id };
    }),
    UpdateStack: handle(cfn.UpdateStackCommand, async (input, call) => {
      const stack = stacks.require(input.StackName);
      requireUpdatable(stack);
      const wanted = await inputOf(input, call, stack);
      const name = "update";
      const changeSet = await changeSetOf({
        name,
        stack,
        type: "UPDATE",
        input: wanted,
        onStackFailure: undefined,
        region,
        handlerOf,
      });
      if (changeSet.status === "FAILED") throw validationError("No updates are to be performed.");
      void deployer.update(stack, wanted);
      return { StackId: stack.id };
    }),
    CancelUpdateStack: handle(cfn.CancelUpdateStackCommand, ({ StackName }) => {
      const stack = stacks.require(StackName);
      if (stack.status !== "UPDATE_IN_PROGRESS") {
        throw validationError(`CancelUpdateStack cannot be called from current stack status`);
      }
      stack.work?.abort.abort();
      return {};
    }),
    DeleteStack: handle(cfn.DeleteStackCommand, ({ StackName = "", RetainResources = [] }) => {
      const stack = stacks.get(StackName);
      if (stack === undefined || stack.deletedAt !== undefined) return {};
      if (RetainResources.length > 0 && stack.status !== "DELETE_FAILED") {
        throw validationError(
          `Invalid operation on stack [${stack.id}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`,
        );
      }
      if (stack.status === "REVIEW_IN_PROGRESS") {
        for (const one of stacks.changeSetsOf(stack)) stacks.removeChangeSet(one);
      }
      void deployer.delete(stack, new Set(RetainResources));
      return {};
    }),
    SignalResource: handle(cfn.SignalResourceCommand, (input) => {
      const stack = stacks.require(input.StackName);
      const id = input.LogicalResourceId ?? "";
      const resource = stack.resources.get(id);
      if (resource === undefined) {
        throw validationError(`Resource ${id} does not exist for stack ${stack.name}`);
      }
      if (!/^(CREATE|UPDATE)_IN_PROGRESS$/.test(resource.status)) {
        throw validationError(
          `Resource ${id} is in ${resource.status} state and can not be signaled`,
        );
      }
      const { UniqueId = "", Status } = input;
      stack.tell({ ...resource, reason: `Received ${Status} signal with UniqueId ${UniqueId}` });
      stack.signal(id, { uniqueId: UniqueId, isSuccess: Status === "SUCCESS" });
      return {};
    }),
    ValidateTemplate: handle(cfn.ValidateTemplateCommand, async (input, call) => {
      const { template } = await inputOf({ ...input, Capabilities: EVERY_CAPABILITY }, call).catch(
        (error: unknown) => {
          if (/must have values/.test(String(error))) return { template: undefined };
          throw error;
        },
      );
      return {
        Parameters: Object.keys(template?.Parameters ?? {}).map((ParameterKey) => ({
          ParameterKey,
        })),
      };
    }),
  };
}

function looking(stacks: Stacks): Service["operations"] {
  return {
    DescribeStacks: handle(cfn.DescribeStacksCommand, ({ StackName, NextToken }) => {
      if (StackName !== undefined) return { Stacks: [stackView(stacks.require(StackName))] };
      const there = stacks.all().filter(({ deletedAt }) => deletedAt === undefined);
      const { items, next } = page(there.map(stackView), NextToken);
      return { Stacks: items, ...next };
    }),
    ListStacks: handle(cfn.ListStacksCommand, ({ StackStatusFilter = [], NextToken }) => {
      const wanted = stacks
        .all()
        .filter(
          ({ status }) =>
            StackStatusFilter.length === 0 || StackStatusFilter.includes(status as cfn.StackStatus),
        );
      const { items, next } = page(wanted.map(summaryView), NextToken);
      return { StackSummaries: items, ...next };
    }),
    DescribeStackEvents: handle(cfn.DescribeStackEventsCommand, ({ StackName, NextToken }) => {
      const stack = stacks.require(StackName);
      const { items, next } = page(
        stack.events.toReversed().map((event) => eventView(stack, event)),
        NextToken,
      );
      return { StackEvents: items, ...next };
    }),
    DescribeStackResource: handle(
      cfn.DescribeStackResourceCommand,
      ({ StackName, LogicalResourceId }) => {
        const stack = stacks.require(StackName);
        const resource = stack.resources.get(LogicalResourceId ?? "");
        if (resource === undefined) {
          throw validationError(
            `Resource ${LogicalResourceId} does not exist for stack ${stack.name}`,
          );
        }
        return { StackResourceDetail: resourceView(stack, resource) };
      },
    ),
    DescribeStackResources: handle(
      cfn.DescribeStackResourcesCommand,
      ({ StackName, LogicalResourceId }) => {
        const stack = stacks.require(StackName);
        const rows = [...stack.resources.values()].filter(
          ({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId,
        );
        return { StackResources: rows.slice(0, 100).map((row) => resourceView(stack, row)) };
      },
    ),
    ListStackResources: handle(cfn.ListStackResourcesCommand, ({ StackName, NextToken }) => {
      const stack = stacks.require(StackName);
      const rows = [...stack.resources.values()].map((row) => resourceView(stack, row));
      const { items, next } = page(rows, NextToken);
      return { StackResourceSummaries: items, ...next };
    }),
    GetTemplate: handle(cfn.GetTemplateCommand, ({ StackName }) => ({
      TemplateBody: stacks.require(StackName).input.templateText,
    })),
  };
}

const EVERY_CAPABILITY = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

function requireCapabilities(template: Template, given: readonly string[]): void {
  const iam = Object.values(template.Resources).filter(({ Type }) => Type.startsWith("AWS::IAM::"));
  if (iam.length === 0 || given.includes("CAPABILITY_NAMED_IAM")) return;
  const isNamed = iam.some(({ Properties = {} }) =>
    ["RoleName", "InstanceProfileName", "ManagedPolicyName"].some((name) => name in Properties),
  );
  const wanted = isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
  if (given.includes(wanted)) return;
  throw new ServiceError(
    "InsufficientCapabilitiesException",
    `Requires capabilities : [${wanted}]`,
  );
}

const UPDATABLE =
  /^(CREATE_COMPLETE|UPDATE_COMPLETE|UPDATE_ROLLBACK_COMPLETE|CREATE_FAILED|UPDATE_FAILED)$/;

function requireUpdatable({ id, status }: Stack): void {
  if (UPDATABLE.test(status)) return;
  throw validationError(`Stack:${id} is in ${status} state and can not be updated.`);
}
