import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  ListStacksCommand,
  SignalResourceCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let region: Region;
let client: CloudFormationClient;
beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const { endpoint, credentials } = region;
  client = new CloudFormationClient({ region: region.name, endpoint, credentials });
});
afterAll(async () => {
  client.destroy();
  await region.close();
});

const alarm = (name: string, more: object = {}) => ({
  Type: "AWS::CloudWatch::Alarm",
  Properties: { AlarmName: name },
  ...more,
});

/** Two alarms, of which the second is named after the first. */
const CHAIN = {
  Parameters: { Name: { Type: "String", Default: "first" } },
  Conditions: { Never: { "Fn::Equals": ["a", "b"] } },
  Resources: {
    First: { Type: "AWS::CloudWatch::Alarm", Properties: { AlarmName: { Ref: "Name" } } },
    Second: {
      Type: "AWS::CloudWatch::Alarm",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders.
      Properties: { AlarmName: { "Fn::Sub": "after-${First}-of-${AWS::StackName}" } },
    },
    Third: { ...alarm("third"), Condition: "Never" },
  },
  Outputs: { Arn: { Value: { "Fn::GetAtt": ["Second", "Arn"] } } },
};

const WAITING = {
  Resources: {
    Before: alarm("before"),
    Head: alarm("head", {
      DependsOn: "Before",
      CreationPolicy: { ResourceSignal: { Count: 1, Timeout: "PT1M" } },
    }),
    After: alarm("after", { DependsOn: ["Head"] }),
  },
};

const eventually = <T>(look: () => Promise<T>): Promise<T> =>
  vi.waitFor(look, { timeout: 5000, interval: 10 });

let count = 0;
const nextName = (): string => `stack-${++count}`;

async function changeSet(
  StackName: string,
  template: object,
  type: "CREATE" | "UPDATE",
  more: object = {},
) {
  const { Id } = await client.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName: "wanted",
      ChangeSetType: type,
      TemplateBody: JSON.stringify(template),
      ...more,
    }),
  );
  return client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
}

async function deploy(
  name: string,
  template: object,
  type: "CREATE" | "UPDATE" = "CREATE",
  more: object = {},
): Promise<void> {
  const { ChangeSetId } = await changeSet(name, template, type, more);
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName: ChangeSetId }));
}

async function describeStack(name: string): Promise<Stack> {
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
  const [stack] = Stacks;
  if (stack === undefined) throw new Error(`no ${name}`);
  return stack;
}

const settled = (name: string): Promise<Stack> =>
  eventually(async () => {
    const stack = await describeStack(name);
    if (stack.StackStatus?.endsWith("IN_PROGRESS")) throw new Error(stack.StackStatus);
    return stack;
  });

async function events(name: string): Promise<string[]> {
  const { StackEvents = [] } = await client.send(
    new DescribeStackEventsCommand({ StackName: name }),
  );
  return StackEvents.toReversed().map(
    ({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
      [LogicalResourceId, ResourceStatus, ResourceStatusReason].join(" ").trim(),
  );
}

async function resources(name: string): Promise<Record<string, string>> {
  const { StackResources = [] } = await client.send(
    new DescribeStackResourcesCommand({ StackName: name }),
  );
  return Object.fromEntries(
    StackResources.map(({ LogicalResourceId = "", PhysicalResourceId = "" }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]),
  );
}

describe("stacks", () => {
  it("are made by a change set, in the order of their references", async () => {
    const name = nextName();
    const { Status, Changes } = await changeSet(name, CHAIN, "CREATE");
    expect(Status).toBe("CREATE_COMPLETE");
    expect(Changes?.map(({ ResourceChange }) => ResourceChange?.LogicalResourceId)).toEqual([
      "First",
      "Second",
    ]);
    expect((await describeStack(name)).StackStatus).toBe("REVIEW_IN_PROGRESS");
    await client.send(new ExecuteChangeSetCommand({ StackName: name, ChangeSetName: "wanted" }));
    const { StackStatus, Outputs } = await settled(name);
    expect(StackStatus).toBe("CREATE_COMPLETE");
    expect(Outputs?.[0]?.OutputValue).toContain(`alarm:after-first-of-${name}`);
    expect(await events(name)).toEqual([
      `${name} REVIEW_IN_PROGRESS User Initiated`,
      `${name} CREATE_IN_PROGRESS User Initiated`,
      "First CREATE_IN_PROGRESS",
      "First CREATE_IN_PROGRESS Resource creation Initiated",
      "First CREATE_COMPLETE",
      "Second CREATE_IN_PROGRESS",
      "Second CREATE_IN_PROGRESS Resource creation Initiated",
      "Second CREATE_COMPLETE",
      `${name} CREATE_COMPLETE`,
    ]);
  });

  it("wait for a signal, and are told of who gives it too late", async () => {
    const name = nextName();
    await deploy(name, WAITING);
    await eventually(async () => {
      expect((await events(name)).join("\n")).toContain("Head CREATE_IN_PROGRESS Resource");
    });
    expect(Object.keys(await resources(name))).not.toContain("After");
    const signal = new SignalResourceCommand({
      StackName: name,
      LogicalResourceId: "Head",
      UniqueId: "i-1",
      Status: "SUCCESS",
    });
    await client.send(signal);
    expect((await settled(name)).StackStatus).toBe("CREATE_COMPLETE");
    await expect(client.send(signal)).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("are rolled back when one fails, with its reason", async () => {
    const name = nextName();
    region.faults.failResources.set("Second", "Resource limit exceeded");
    await deploy(name, CHAIN);
    const stack = await settled(name);
    region.faults.failResources.clear();
    expect(stack.StackStatus).toBe("ROLLBACK_COMPLETE");
    expect(await events(name)).toEqual(
      expect.arrayContaining([
        "Second CREATE_FAILED Resource limit exceeded",
        `${name} ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Second]. Rollback requested by user.`,
        "First DELETE_COMPLETE",
      ]),
    );
  });

  it.each([
    ["DO_NOTHING", "CREATE_FAILED"],
    ["DELETE", "DELETE_COMPLETE"],
  ] as const)("with %s end in %s after a FAILURE signal", async (OnStackFailure, status) => {
    const name = nextName();
    await deploy(name, WAITING, "CREATE", { OnStackFailure });
    const { StackId = "" } = await describeStack(name);
    await eventually(() =>
      client.send(
        new SignalResourceCommand({
          StackName: name,
          LogicalResourceId: "Head",
          UniqueId: "i-1",
          Status: "FAILURE",
        }),
      ),
    );
    expect((await settled(StackId)).StackStatus).toBe(status);
    expect((await events(StackId)).join("\n")).toContain("Received 1 FAILURE signal(s) out of 1");
  });

  it("can be deleted while they are made, and described by id after that", async () => {
    const name = nextName();
    await deploy(name, WAITING);
    const { StackId = "" } = await describeStack(name);
    await client.send(new DeleteStackCommand({ StackName: name }));
    expect((await settled(StackId)).StackStatus).toBe("DELETE_COMPLETE");
    await expect(describeStack(name)).rejects.toMatchObject({
      name: "ValidationError",
      message: `Stack with id ${name} does not exist`,
    });
    await client.send(new DeleteStackCommand({ StackName: name }));
    await deploy(name, CHAIN);
    expect((await settled(name)).StackId).not.toBe(StackId);
  });

  it("are changed where that is possible, replaced where not", async () => {
    const name = nextName();
    await deploy(name, CHAIN);
    await settled(name);
    const before = await resources(name);
    const { First, Third } = CHAIN.Resources;
    const next = {
      ...CHAIN,
      Resources: { First, Third, Fourth: alarm("fourth", { DependsOn: "First" }) },
      Outputs: {},
    };
    const parameters = { Parameters: [{ ParameterKey: "Name", ParameterValue: "other" }] };
    const { Changes } = await changeSet(name, next, "UPDATE", parameters);
    expect(
      Changes?.map(({ ResourceChange: change }) => [
        change?.Action,
        change?.LogicalResourceId,
        change?.Replacement,
      ]),
    ).toEqual([
      ["Modify", "First", "True"],
      ["Add", "Fourth", undefined],
      ["Remove", "Second", undefined],
    ]);
    await client.send(new ExecuteChangeSetCommand({ StackName: name, ChangeSetName: "wanted" }));
    expect((await settled(name)).StackStatus).toBe("UPDATE_COMPLETE");
    const after = await resources(name);
    expect(Object.keys(after).toSorted()).toEqual(["First", "Fourth"]);
    expect(after.First).not.toBe(before.First);
    const { TemplateBody = "" } = await client.send(new GetTemplateCommand({ StackName: name }));
    expect(JSON.parse(TemplateBody)).toEqual(next);
  });

  it("have no change set without changes", async () => {
    const name = nextName();
    await deploy(name, CHAIN);
    await settled(name);
    const { Status, StatusReason } = await changeSet(name, CHAIN, "UPDATE");
    expect(Status).toBe("FAILED");
    expect(StatusReason).toContain("didn't contain changes");
  });

  it("are what they were after an update that failed", async () => {
    const name = nextName();
    await deploy(name, CHAIN);
    await settled(name);
    const before = await resources(name);
    region.faults.failResources.set("Fourth", "no");
    const Resources = { ...CHAIN.Resources, Fourth: alarm("fourth", { DependsOn: "Second" }) };
    await deploy(name, { ...CHAIN, Resources }, "UPDATE", {
      Parameters: [{ ParameterKey: "Name", ParameterValue: "other" }],
    });
    expect((await settled(name)).StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
    region.faults.failResources.clear();
    expect(await resources(name)).toEqual(before);
  });

  it("keep what is to be retained, and take part of it from a delete that failed", async () => {
    const name = nextName();
    const { Second, ...others } = CHAIN.Resources;
    const Resources = { ...others, Second: { ...Second, DeletionPolicy: "Retain" } };
    await deploy(name, { ...CHAIN, Resources });
    await settled(name);
    region.faults.failResources.set("delete:First", "still in use");
    await client.send(new DeleteStackCommand({ StackName: name }));
    const failed = await settled(name);
    region.faults.failResources.clear();
    expect(failed.StackStatus).toBe("DELETE_FAILED");
    expect(failed.StackStatusReason).toContain("[First]");
    expect(await events(name)).toContain("Second DELETE_SKIPPED");
    await client.send(new DeleteStackCommand({ StackName: name, RetainResources: ["First"] }));
    expect((await settled(failed.StackId ?? "")).StackStatus).toBe("DELETE_COMPLETE");
  });

  it("are refused before they begin when the template is wrong", async () => {
    const wrong: [object, string][] = [
      [{ Resources: {} }, "At least one Resources member"],
      [
        { Resources: { A: { Type: "T::T::T", Properties: { P: { Ref: "B" } } } } },
        "Unresolved resource dependencies [B]",
      ],
      [
        { Resources: { A: alarm("a", { DependsOn: "B" }), B: alarm("b", { DependsOn: "A" }) } },
        "Circular dependency between resources: [A, B]",
      ],
      [
        { Parameters: { P: { Type: "String" } }, Resources: { A: alarm("a") } },
        "Parameters: [P] must have values",
      ],
    ];
    for (const [template, message] of wrong) {
      await expect(changeSet(nextName(), template, "CREATE")).rejects.toMatchObject({
        name: "ValidationError",
        message: expect.stringContaining(message),
      });
    }
    const role = { Type: "AWS::IAM::Role", Properties: { RoleName: "mine" } };
    await expect(changeSet(nextName(), { Resources: { role } }, "CREATE")).rejects.toMatchObject({
      message: "Requires capabilities : [CAPABILITY_NAMED_IAM]",
    });
  });

  it("are listed, those that are gone too", async () => {
    const { StackSummaries = [] } = await client.send(
      new ListStacksCommand({ StackStatusFilter: ["DELETE_COMPLETE"] }),
    );
    expect(StackSummaries.length).toBeGreaterThan(0);
    expect(StackSummaries.every(({ DeletionTime }) => DeletionTime !== undefined)).toBe(true);
  });
});
