import type * as cfn from "@aws-sdk/client-cloudformation";
import type { ChangeSet, Stack, StackEvent, StackResource } from "./stack.ts";
import { validationError } from "./template.ts";

const PAGE = 100;

export function stackView(stack: Stack): cfn.Stack {
  const { parent } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: stack.createdAt,
    ...(stack.updatedAt === undefined ? {} : { LastUpdatedTime: stack.updatedAt }),
    ...(stack.deletedAt === undefined ? {} : { DeletionTime: stack.deletedAt }),
    StackStatus: stack.status as cfn.StackStatus,
    ...(stack.reason === undefined ? {} : { StackStatusReason: stack.reason }),
    ...(parent === undefined ? {} : { ParentId: parent.id, RootId: stack.root.id }),
    DisableRollback: stack.onFailure === "DO_NOTHING",
    Capabilities: stack.input.capabilities as cfn.Capability[],
    Parameters: Object.entries(stack.input.parameters).map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: stack.input.template.Parameters?.[ParameterKey]?.NoEcho ? "****" : value,
    })),
    Outputs: Object.entries(stack.outputs).map(([OutputKey, OutputValue]) => ({
      OutputKey,
      OutputValue,
    })),
    Tags: tagsView(stack.root.input.tags),
  };
}

export function summaryView(stack: Stack): cfn.StackSummary {
  const { StackId, StackName, CreationTime, StackStatus, StackStatusReason, ...rest } =
    stackView(stack);
  return {
    StackId,
    StackName,
    CreationTime,
    StackStatus,
    ...(StackStatusReason === undefined ? {} : { StackStatusReason }),
    ...(rest.DeletionTime === undefined ? {} : { DeletionTime: rest.DeletionTime }),
    ...(rest.ParentId === undefined ? {} : { ParentId: rest.ParentId, RootId: rest.RootId }),
  };
}

export function eventView(stack: Stack, event: StackEvent): cfn.StackEvent {
  return {
    StackId: stack.id,
    StackName: stack.name,
    EventId: event.id,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: event.at,
    ResourceStatus: event.status as cfn.ResourceStatus,
    ...(event.reason === undefined ? {} : { ResourceStatusReason: event.reason }),
  };
}

export function resourceView(stack: Stack, resource: StackResource) {
  return {
    StackId: stack.id,
    StackName: stack.name,
    LogicalResourceId: resource.logicalId,
    ...(resource.physicalId === undefined ? {} : { PhysicalResourceId: resource.physicalId }),
    ResourceType: resource.type,
    Timestamp: resource.at,
    LastUpdatedTimestamp: resource.at,
    ResourceStatus: resource.status as cfn.ResourceStatus,
    ...(resource.reason === undefined ? {} : { ResourceStatusReason: resource.reason }),
  };
}

export function changeSetView(changeSet: ChangeSet) {
  return {
    ChangeSetId: changeSet.id,
    ChangeSetName: changeSet.name,
    StackId: changeSet.stack.id,
    StackName: changeSet.stack.name,
    CreationTime: changeSet.createdAt,
    Status: changeSet.status as cfn.ChangeSetStatus,
    ...(changeSet.statusReason === undefined ? {} : { StatusReason: changeSet.statusReason }),
    ExecutionStatus: changeSet.executionStatus as cfn.ExecutionStatus,
  };
}

export function changesView(changeSet: ChangeSet): cfn.Change[] {
  return changeSet.changes.map(({ action, logicalId, type, physicalId, replacement }) => ({
    Type: "Resource",
    ResourceChange: {
      Action: action,
      LogicalResourceId: logicalId,
      ResourceType: type,
      ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
      ...(replacement === undefined ? {} : { Replacement: replacement ? "True" : "False" }),
    },
  }));
}

export function tagsView(tags: Readonly<Record<string, string>>): cfn.Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** One page of a list, and the token of the next. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
): { readonly items: T[]; readonly next: { NextToken: string } | object } {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(from)) throw validationError(`Invalid NextToken ${token}`);
  const end = from + PAGE;
  return {
    items: items.slice(from, end),
    next: end < items.length ? { NextToken: String(end) } : {},
  };
}
