import { SITE_SERVER_PORT } from "@sluice/boot";
import { describe, expect, test } from "vitest";
import { judged } from "../../infrastructure/synth/testing/accepted.ts";
import { checked } from "../../infrastructure/synth/testing/checked-synthesis.ts";
import { strayProperties } from "../../infrastructure/synth/testing/spec-walker.ts";
import {
  difference,
  factsOf,
  propertiesOf,
  resourcesOf,
  statementsOf,
  summary,
  templatesOf,
} from "../../infrastructure/synth/testing/summary.ts";
import { ACCEPTED } from "../testing/accepted.ts";
import { SITES, siteConfigOf, siteRequestOf, siteText } from "../testing/requests.ts";
import type { SiteSynthRequest } from "./contract.ts";
import { synthesiseSite } from "./synthesise.ts";
import { siteTemplate } from "./templates.ts";

function synthesised(request: SiteSynthRequest) {
  const { made, validator, nag } = checked((makeApp) => siteTemplate(request, makeApp));
  return { ...made, nested: {}, headResource: "", complaints: [...validator, ...nag] };
}

/** Every file is synthesised and checked once, for all tests. */
const STACKS = new Map(
  SITES.map((name) => [name, synthesised(siteRequestOf(siteConfigOf(siteText(name))))]),
);

function stackOf(name: string) {
  const stack = STACKS.get(name);
  if (stack === undefined) throw new Error(`no site file is called ${name}`);
  return stack;
}

const EVERY = [...STACKS].map(([name, stack]) => ({ name, stack }));
const WORLD = /0\.0\.0\.0\/0|::\/0/;

describe("each template", () => {
  test.each(EVERY)("of $name is what its summary says", async ({ name, stack }) => {
    const lines = summary(stack);
    const shown = name === "plain" ? lines : difference(summary(stackOf("plain")), lines);
    await expect(`${shown.join("\n")}\n`).toMatchFileSnapshot(`../testing/sites/${name}.summary`);
  });

  test.each(EVERY)("of $name has nothing for the checkers to find", ({ name, stack }) => {
    expect(judged(name, stack.complaints, ACCEPTED).refused).toEqual([]);
  });

  test("is judged with no more exceptions than are met", () => {
    const met = EVERY.flatMap(({ name, stack }) => [
      ...judged(name, stack.complaints, ACCEPTED).met,
    ]);
    expect(ACCEPTED.filter((one) => !met.includes(one)).map(({ rule }) => rule)).toEqual([]);
  });

  test.each(EVERY)("of $name has properties that AWS specifies", ({ stack }) => {
    expect(templatesOf(stack).flatMap(strayProperties)).toEqual([]);
  });

  test.each(EVERY)("of $name is the same text each time", async ({ name, stack }) => {
    const again = await synthesiseSite(siteRequestOf(siteConfigOf(siteText(name))));
    expect(again.template).toBe(stack.template);
    expect(again.revisions).toEqual(stack.revisions);
  });
});

describe("rights", () => {
  test.each(EVERY)(
    "of $name: no action is a wildcard, no cluster is made or changed",
    ({ stack }) => {
      const actions = statementsOf(stack).flatMap(({ Action }) => Action);
      expect(actions.filter((action) => action.includes("*"))).toEqual([]);
      expect(actions.filter((action) => /(Create|Delete|Terminate|Update)/.test(action))).toEqual([
        "s3:DeleteObjectVersion",
        "ec2:TerminateInstances",
        "logs:CreateLogStream",
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ec2messages:DeleteMessage",
      ]);
    },
  );

  test("fit a role, and facts a parameter, whatever the site has", () => {
    const clusters = Array.from({ length: 15 }, (_, index) => {
      const Name = `c${index}`.padEnd(40, "x");
      return `{Name: ${Name}, File: ${index}.yaml}`;
    });
    const text = `Region: eu-central-1
Zones: [eu-central-1a, eu-central-1b, eu-central-1c, eu-central-1d]
Clusters: [${clusters.join(", ")}]
Servers: {Count: 8}
SharedStorage: [{Name: fast, MountDir: /fast, StorageType: FsxLustre, FsxLustreSettings: {StorageCapacity: 1200}}]
`;
    const stack = synthesised(siteRequestOf(siteConfigOf(text)));
    for (const [id, resource] of resourcesOf(stack)) {
      const { Policies, PolicyDocument, Value } = propertiesOf(resource);
      expect(JSON.stringify(PolicyDocument ?? {}).length, id).toBeLessThan(6144);
      if (resource.Type === "AWS::IAM::Role") {
        expect(JSON.stringify(Policies).length, id).toBeLessThan(10_240);
      }
      if (resource.Type === "AWS::SSM::Parameter") {
        expect(String(Value).length, id).toBeLessThan(3000);
      }
    }
  });
});

describe("the network", () => {
  test("lets the world in to the balancer alone, and only where the file says so", () => {
    const open = (name: string) =>
      summary(stackOf(name)).filter((line) => line.startsWith("open ") && WORLD.test(line));
    expect(open("large")).toEqual([
      "open <BalancerPorts.GroupId> tcp 443 to 0.0.0.0/0: HTTPS",
      "open <BalancerPorts.GroupId> tcp 80 to 0.0.0.0/0: HTTP, which leads to HTTPS",
    ]);
    expect([open("plain"), open("given")]).toEqual([[], []]);
    const scheme = (name: string) => {
      const [, made] = resourcesOf(stackOf(name)).find(([id]) => id === "Balancer") ?? [];
      return made && propertiesOf(made).Scheme;
    };
    expect(["plain", "given", "large"].map(scheme)).toEqual([
      ...["internal", "internal", "internet-facing"],
    ]);
  });

  test("leads from the balancer to the servers and nowhere else", () => {
    const [, group] = resourcesOf(stackOf("plain")).find(([id]) => id === "BalancerPorts") ?? [];
    expect(group && propertiesOf(group).SecurityGroupEgress).toEqual([
      expect.objectContaining({ FromPort: SITE_SERVER_PORT, ToPort: SITE_SERVER_PORT }),
    ]);
  });

  test("has a way out of each zone that needs no other zone", () => {
    const gateways = resourcesOf(stackOf("large")).filter(
      ([, { Type }]) => Type === "AWS::EC2::NatGateway",
    );
    expect(gateways).toHaveLength(3);
  });
});

describe("machines", () => {
  test("are spread over the zones, and two of them have slurmdbd", () => {
    const zones = resourcesOf(stackOf("large")).flatMap(([id, resource]) =>
      resource.Type === "AWS::AutoScaling::AutoScalingGroup"
        ? [[id, (propertiesOf(resource).AvailabilityZones as string[])[0]]]
        : [],
    );
    expect(zones).toEqual([
      ["MachineA", "eu-central-1a"],
      ["MachineB", "eu-central-1b"],
      ["MachineC", "eu-central-1c"],
      ["MachineD", "eu-central-1a"],
    ]);
    const { identity } = factsOf(stackOf("large")) as unknown as {
      readonly identity: { readonly slurmdbd: readonly { readonly name: string }[] };
    };
    expect(identity.slurmdbd.map(({ name }) => name)).toEqual(["site-a", "site-b"]);
  });

  test("are another revision when what they are told changes, and only then", () => {
    const revisionsOf = (text: string) => synthesised(siteRequestOf(siteConfigOf(text))).revisions;
    const plain = stackOf("plain").revisions;
    const tagged = revisionsOf(`${siteText("plain")}Tags: [{Key: owner, Value: physics}]\n`);
    expect(tagged).toEqual(plain);
    const other = revisionsOf(`${siteText("plain")}Failover: {After: 5m}\n`);
    expect(Object.keys(other)).toEqual(Object.keys(plain));
    expect(Object.values(other)).not.toContain(plain["site-a"]);
  });

  test("tell nobody a secret: not by user data, facts or the template", () => {
    for (const { stack } of EVERY) {
      expect(stack.template).not.toMatch(/PRIVATE KEY|SecretString"/);
      expect(JSON.stringify(factsOf(stack))).not.toContain("resolve");
    }
  });
});
