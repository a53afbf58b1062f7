import { describe, expect, test } from "vitest";
import { synthesise } from "./synthesise.ts";
import { judged } from "./testing/accepted.ts";
import { checkedSynthesis } from "./testing/checked-synthesis.ts";
import { clusterText, configOf, manyQueues, requestOf } from "./testing/requests.ts";
import { strayProperties } from "./testing/spec-walker.ts";
import {
  factsOf,
  propertiesOf,
  resourcesOf,
  statementsOf,
  templatesOf,
} from "./testing/summary.ts";

describe("a file of 200 queues of 5 compute resources, each queue with rights of its own", () => {
  const request = requestOf(configOf(manyQueues(200)));
  const stack = checkedSynthesis(request);

  test("stays within CloudFormation's limits", () => {
    expect(Object.keys(stack.nested).length).toBeGreaterThan(1);
    for (const text of [stack.template, ...Object.values(stack.nested)]) {
      expect(
        Object.keys((JSON.parse(text) as { Resources: object }).Resources).length,
      ).toBeLessThan(200);
      expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    }
    expect(stack.parameters.length).toBeLessThan(200);
    expect(judged("", stack.validator).refused).toEqual([]);
    expect(templatesOf(stack).flatMap(strayProperties)).toEqual([]);
  });

  test("tells the head of every queue's profile", () => {
    const { queueProfiles } = factsOf(stack).roles;
    expect(Object.keys(queueProfiles)).toHaveLength(200);
    expect(new Set(Object.values(queueProfiles)).size).toBe(200);
  });

  test("keeps each queue's role where it is when others come and go", () => {
    const half = checkedSynthesis(requestOf(configOf(manyQueues(100))));
    const placeOf = (one: typeof stack, queue: string) =>
      templatesOf(one).findIndex(({ Resources }) =>
        JSON.stringify(Resources).includes(`\\"${queue}\\"`),
      );
    const stacksOf = (one: typeof stack) =>
      Object.keys(templatesOf(one)[0]?.Resources ?? {}).filter((id) => /^QueueRoles/.test(id));
    expect(stacksOf(half)).toEqual(stacksOf(stack));
    for (const queue of ["group0-project0", "group7-project57", "group9-project99"]) {
      expect(placeOf(half, queue)).toBe(placeOf(stack, queue));
    }
  });
});

describe("queues with roles and profiles that are there already", () => {
  const arn = (kind: string, index: number) =>
    `arn:aws:iam::123456789012:${kind}/hpc/queue-${index}`;
  const text = manyQueues(150).replace(
    /Iam:\n {8}S3Access:\n.*\n.*\n/g,
    (() => {
      let index = 0;
      return () => {
        index += 1;
        return index % 2 === 0
          ? `Iam: { InstanceRole: "${arn("role", index)}" }\n`
          : `Iam: { InstanceProfile: "${arn("instance-profile", index)}" }\n`;
      };
    })(),
  );
  const stack = checkedSynthesis(requestOf(configOf(text)));

  test("have these passed on by policies that IAM takes", () => {
    const passed = statementsOf(stack).filter(({ Sid }) => Sid === "PassRoles");
    const resources = passed.flatMap(({ Resource }) => Resource);
    expect(resources.filter((one) => one.startsWith("arn:aws:iam::"))).toHaveLength(75);
    expect(resources).toEqual(
      expect.arrayContaining(["<ProfileRoles1>", "<ProfileRoles2>", "<ProfileRoles3>"]),
    );
    const policies = resourcesOf(stack).filter(([, { Type }]) => Type.endsWith("ManagedPolicy"));
    // A role has room for ten.
    expect(policies.length).toBeLessThan(10);
    for (const [id, policy] of policies) {
      expect(JSON.stringify(propertiesOf(policy).PolicyDocument).length, id).toBeLessThan(6144);
    }
  });

  test("ask for the roles of so many profiles as one parameter holds", () => {
    const asked = stack.parameters.flatMap((one) =>
      one.kind === "profile-roles" ? [one.instanceProfiles] : [],
    );
    expect(asked.flat()).toHaveLength(75);
    for (const profiles of asked) expect(profiles.join().length).toBeLessThan(4096);
  });
});

test("more than a stack holds is refused", async () => {
  const storage = Array.from(
    { length: 160 },
    (_, index) => `  - {Name: s${index}, MountDir: /s${index}, StorageType: Efs}`,
  );
  const text = `${clusterText("network-made")}SharedStorage:\n${storage.join("\n")}\n`;
  await expect(synthesise(requestOf(configOf(text)))).rejects.toMatchObject({
    code: "TEMPLATE_TOO_LARGE",
    message: expect.stringMatching(/would have \d+ resources, and CloudFormation takes 500$/),
  });
});
