import { describe, expect, test } from "vitest";
import { type Access, evaluate, type PolicyDocument, type Statement } from "./policy.ts";

const INSTANCE = "arn:aws:ec2:eu-central-1:123456789012:instance/i-1";

function decide(statement: Omit<Statement, "Effect">, access: Partial<Access> = {}) {
  const policy: PolicyDocument = { Statement: [{ Effect: "Allow", ...statement }] };
  return evaluate([policy], {
    action: "ec2:TerminateInstances",
    resource: INSTANCE,
    keys: {},
    ...access,
  });
}

test("what no statement allows is not allowed", () => {
  expect(evaluate([], { action: "s3:GetObject", resource: "*", keys: {} })).toBe("not allowed");
});

test.each<[string, string]>([
  ["ec2:TerminateInstances", "allowed"],
  ["EC2:terminate*", "allowed"],
  ["ec2:TerminateInstance?", "allowed"],
  ["ec2:Terminate", "not allowed"],
  ["*", "allowed"],
])("the action %s: %s", (Action, decision) => {
  expect(decide({ Action, Resource: "*" })).toBe(decision);
});

test("everything but some actions", () => {
  expect(decide({ NotAction: ["iam:*"], Resource: "*" })).toBe("allowed");
  expect(decide({ NotAction: ["iam:*", "ec2:*"], Resource: "*" })).toBe("not allowed");
});

test("resources are matched by their case and whole", () => {
  expect(decide({ Action: "*", Resource: "arn:aws:ec2:*:*:instance/*" })).toBe("allowed");
  expect(decide({ Action: "*", Resource: "arn:aws:ec2:*:*:INSTANCE/*" })).toBe("not allowed");
  expect(decide({ Action: "*", Resource: "arn:aws:ec2:*:*:instance" })).toBe("not allowed");
});

test("a denial outweighs", () => {
  const allow = { Effect: "Allow", Action: "*", Resource: "*" } as const;
  const deny = { Effect: "Deny", Action: "ec2:*", Resource: INSTANCE } as const;
  const access = { action: "ec2:TerminateInstances", resource: INSTANCE, keys: {} };
  expect(evaluate([{ Statement: [allow] }, { Statement: deny }], access)).toBe("explicitly denied");
});

describe("conditions", () => {
  const tag = "aws:ResourceTag/sluice:cluster-name";
  const holds = (Condition: Statement["Condition"], keys: Access["keys"]): boolean =>
    decide({ Action: "*", Resource: "*", ...(Condition ? { Condition } : {}) }, { keys }) ===
    "allowed";

  test("of tags", () => {
    expect(holds({ StringEquals: { [tag]: "demo" } }, { [tag]: "demo" })).toBe(true);
    expect(holds({ StringEquals: { [tag]: ["a", "demo"] } }, { [tag]: "demo" })).toBe(true);
    expect(holds({ StringEquals: { [tag]: "demo" } }, { [tag]: "other" })).toBe(false);
    expect(holds({ StringEquals: { [tag]: "demo" } }, {})).toBe(false);
  });

  test("that need not be there, or must not", () => {
    expect(holds({ StringEqualsIfExists: { [tag]: "demo" } }, {})).toBe(true);
    expect(holds({ StringEqualsIfExists: { [tag]: "demo" } }, { [tag]: "other" })).toBe(false);
    expect(holds({ StringNotEquals: { [tag]: "demo" } }, {})).toBe(true);
    expect(holds({ StringNotEquals: { [tag]: "demo" } }, { [tag]: "demo" })).toBe(false);
    expect(holds({ Null: { [tag]: "true" } }, {})).toBe(true);
    expect(holds({ Null: { [tag]: "true" } }, { [tag]: "x" })).toBe(false);
  });

  test("of ARNs, truth and several at once", () => {
    const keys = { "aws:PrincipalArn": "arn:aws:iam::1:role/x/y", "aws:SecureTransport": "true" };
    expect(
      holds(
        {
          ArnLike: { "aws:principalarn": "arn:aws:iam::*:role/x/*" },
          Bool: { "aws:SecureTransport": true },
        },
        keys,
      ),
    ).toBe(true);
    expect(holds({ Bool: { "aws:SecureTransport": "false" } }, keys)).toBe(false);
  });

  test("of lists", () => {
    const Condition = { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } };
    expect(holds(Condition, { "aws:TagKeys": ["a", "b"] })).toBe(true);
    expect(holds(Condition, { "aws:TagKeys": ["a", "c"] })).toBe(false);
    expect(holds(Condition, {})).toBe(true);
    const any = { "ForAnyValue:StringLike": { "aws:TagKeys": "a*" } };
    expect(holds(any, { "aws:TagKeys": ["b", "ab"] })).toBe(true);
    expect(holds(any, {})).toBe(false);
  });

  test("with variables", () => {
    const keys = { "aws:PrincipalTag/team": "blue", [tag]: "blue" };
    expect(holds({ StringEquals: { [tag]: `\${aws:PrincipalTag/team}` } }, keys)).toBe(true);
  });

  test("that are not known are not passed over", () => {
    expect(() =>
      holds({ IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }, { "aws:SourceIp": "10.0.0.1" }),
    ).toThrow("IpAddress");
  });
});
