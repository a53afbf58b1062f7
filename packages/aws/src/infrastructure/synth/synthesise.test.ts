import { GATEWAY_PORT } from "@sluice/boot";
import { describe, expect, test, vi } from "vitest";
import { TAGS } from "../../names.ts";
import { synthesise } from "./synthesise.ts";
import { ACCEPTED, judged } from "./testing/accepted.ts";
import { checkedSynthesis } from "./testing/checked-synthesis.ts";
import { CLUSTERS, clusterText, configOf, requestOf } from "./testing/requests.ts";
import { specOf, strayProperties } from "./testing/spec-walker.ts";
import {
  difference,
  factsOf,
  propertiesOf,
  resourcesOf,
  statementsOf,
  summary,
  templatesOf,
} from "./testing/summary.ts";

/** Every file is synthesised and checked once, for all tests. */
const STACKS = new Map(
  CLUSTERS.map((name) => [name, checkedSynthesis(requestOf(configOf(clusterText(name))))]),
);

function stackOf(name: string) {
  const stack = STACKS.get(name);
  if (stack === undefined) throw new Error(`no cluster file is called ${name}`);
  return stack;
}

const EVERY = [...STACKS].map(([name, stack]) => ({ name, stack }));

test("there is a spread of files", () => {
  expect(CLUSTERS.length).toBeGreaterThanOrEqual(25);
});

describe("each template", () => {
  test.each(EVERY)("of $name is what its summary says", async ({ name, stack }) => {
    const isMade = !clusterText(name).includes("SubnetId");
    const base = isMade ? "network-made" : "network-given";
    const lines = summary(stack);
    const shown = name === base ? lines : difference(summary(stackOf(base)), lines);
    const file = `./testing/clusters/${name}.summary`;
    await expect(`${shown.join("\n")}\n`).toMatchFileSnapshot(file);
  });

  test.each(EVERY)("of $name has nothing for AWS's validator to find", ({ name, stack }) => {
    expect(judged(name, stack.validator).refused).toEqual([]);
  });

  test.each(EVERY)("of $name has properties that AWS specifies", ({ stack }) => {
    expect(templatesOf(stack).flatMap(strayProperties)).toEqual([]);
  });

  test.each(EVERY)("of $name has nothing for cdk-nag to find", ({ name, stack }) => {
    expect(judged(name, stack.nag).refused).toEqual([]);
  });

  test("is judged with no more exceptions than are met", () => {
    const met = EVERY.flatMap(({ name, stack }) => [
      ...judged(name, [...stack.validator, ...stack.nag]).met,
    ]);
    expect(ACCEPTED.filter((one) => !met.includes(one)).map(({ rule }) => rule)).toEqual([]);
  });

  test("brings nothing of the CDK's own along", () => {
    for (const { stack } of EVERY) {
      expect(stack.template).not.toMatch(/BootstrapVersion|CDKMetadata|aws:cdk|cdk-hnb659fds/);
    }
  });
});

describe("rights", () => {
  test.each(EVERY)("of $name: no action is a wildcard", ({ stack }) => {
    const actions = statementsOf(stack).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  });

  /** Actions that IAM knows no resources or tags for. */
  const UNLIMITED = new Set(["Describe", "Find", "Network", "SystemsManager"]);

  test.each(EVERY)("of $name: all resources are only for what has none", ({ stack }) => {
    const unlimited = statementsOf(stack).filter(({ Resource }) => Resource.includes("*"));
    expect(unlimited.map(({ Sid }) => Sid).filter((sid) => !UNLIMITED.has(sid))).toEqual([]);
  });

  test.each(EVERY)("of $name: policies are no larger than IAM takes", ({ stack }) => {
    for (const [id, resource] of resourcesOf(stack)) {
      if (!resource.Type.startsWith("AWS::IAM::")) continue;
      const { Policies, PolicyDocument } = propertiesOf(resource);
      // Readable names of what is to be found out are about as long as what they stand for.
      expect(JSON.stringify(Policies ?? {}).length, id).toBeLessThan(10_240);
      expect(JSON.stringify(PolicyDocument ?? {}).length, id).toBeLessThan(6144);
    }
  });

  test("stay within the boundary and the path of the file", () => {
    const roles = resourcesOf(stackOf("rights-bounded")).filter(([, { Type }]) =>
      /IAM::(Role|InstanceProfile)$/.test(Type),
    );
    expect(roles.length).toBeGreaterThanOrEqual(9);
    for (const [id, role] of roles) {
      const properties = propertiesOf(role);
      expect(properties.Path, id).toMatch(/^\/hpc\/sluice\/demo-0a1b2c3d\/[a-z-]+\/$/);
      const name = String(properties.RoleName ?? properties.InstanceProfileName);
      expect(name, id).toMatch(/^team-.{1,59}$/);
      if (role.Type !== "AWS::IAM::Role") continue;
      expect(properties.PermissionsBoundary, id).toBe("arn:aws:iam::123456789012:policy/boundary");
    }
  });

  test("are made where the file has none, and only there", () => {
    const made = resourcesOf(stackOf("rights-of-ones-own")).filter(
      ([, { Type }]) => Type === "AWS::IAM::Role",
    );
    expect(made.map(([id]) => id)).toEqual(["ComputeRole"]);
    expect(factsOf(stackOf("rights-of-ones-own")).roles.queueProfiles).toEqual({
      roles: expect.stringMatching(/^<QueueRolesProfile>$/),
    });
  });

  test("to pass roles on end at the compute machines' own", () => {
    const [pass, ...others] = statementsOf(stackOf("network-made")).filter(({ Action }) =>
      Action.includes("iam:PassRole"),
    );
    expect(others).toEqual([]);
    expect(pass?.Resource).toEqual([
      "arn:<AWS::Partition>:iam::<AWS::AccountId>:role/sluice/demo-0a1b2c3d/compute/*",
    ]);
    const compute = resourcesOf(stackOf("network-made")).find(([id]) => id === "ComputeRole");
    expect(compute && propertiesOf(compute[1]).Path).toBe("/sluice/demo-0a1b2c3d/compute/");
  });
});

describe("the network", () => {
  const WORLD = /0\.0\.0\.0\/0|::\/0/;

  test.each(EVERY)("of $name is open to the world only if the file says so", ({ name, stack }) => {
    const open = summary(stack).filter((line) => line.startsWith("open ") && WORLD.test(line));
    expect(open.length > 0).toBe(name === "open-to-the-world");
  });

  test.each(EVERY)("of $name: the head's gateway is open to nobody", ({ stack }) => {
    const opened = resourcesOf(stack).filter(([, { Type, ...one }]) => {
      if (Type !== "AWS::EC2::SecurityGroupIngress") return false;
      const { FromPort, ToPort } = propertiesOf({ Type, ...one });
      return Number(FromPort) <= GATEWAY_PORT && GATEWAY_PORT <= Number(ToPort);
    });
    expect(opened.map(([id]) => id)).toEqual([]);
  });

  test("that is made has no machine in its default security group", () => {
    const cleanUp = resourcesOf(stackOf("network-made")).find(([id]) => id === "CleanUp");
    expect(cleanUp && propertiesOf(cleanUp[1]).DefaultSecurityGroup).toBe(
      "<Vpc.DefaultSecurityGroup>",
    );
  });
});

describe("storage", () => {
  /** Files that ask for something without encryption. */
  const ASKED: Readonly<Record<string, string>> = {
    "storage-efs": "FileSystemOpen",
    "head-of-ones-own": "HeadTemplate",
  };

  test.each(EVERY)("of $name is encrypted", ({ name, stack }) => {
    const plain = resourcesOf(stack).filter(([id, resource]) => {
      const properties = propertiesOf(resource);
      switch (resource.Type) {
        case "AWS::EC2::Volume":
        case "AWS::EFS::FileSystem":
          return properties.Encrypted !== true && ASKED[name] !== id;
        case "AWS::RDS::DBCluster":
          return properties.StorageEncrypted !== true;
        case "AWS::SQS::Queue":
          return properties.SqsManagedSseEnabled !== true;
        case "AWS::EC2::LaunchTemplate":
          return !JSON.stringify(properties).includes('"Encrypted":true') && ASKED[name] !== id;
        default:
          return false;
      }
    });
    expect(plain.map(([id]) => id)).toEqual([]);
  });

  test("goes, stays or becomes a snapshot as the file says", () => {
    const policies = (name: string, only: RegExp) =>
      Object.fromEntries(
        resourcesOf(stackOf(name))
          .filter(([id]) => only.test(id))
          .map(([id, { DeletionPolicy }]) => [id, DeletionPolicy]),
      );
    expect(policies("storage-disks", /^Volume(Plain|Copied|Ownkey|Own|Striped)/)).toMatchObject({
      VolumePlain: "Delete",
      VolumeCopied: "Snapshot",
      VolumeStripedOf4: "Delete",
    });
    expect(policies("storage-efs", /^FileSystem(Home|Open)$/)).toEqual({
      FileSystemHome: "RetainExceptOnCreate",
      FileSystemOpen: "Delete",
    });
    expect(policies("network-made", /^Logs$/)).toEqual({ Logs: "Retain" });
    expect(policies("monitoring-for-ever", /^Logs$/)).toEqual({ Logs: "Delete" });
  });
});

describe("tags", () => {
  /** As they are written by type: lists of pairs, or a map. */
  function tagsOf(properties: Readonly<Record<string, unknown>>, key: string) {
    const tags = properties[key] ?? [];
    if (!Array.isArray(tags)) return tags as Readonly<Record<string, string>>;
    const list = tags as readonly { readonly Key: string; readonly Value: string }[];
    return Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
  }

  test.each(EVERY)("of $name are on all that can have some", ({ name, stack }) => {
    const own = name === "additions" ? { project: "fluids", "cost centre": "4711" } : {};
    const wanted = { ...own, [TAGS.cluster]: "demo", [TAGS.clusterId]: "0a1b2c3d" };
    let tagged = 0;
    for (const [id, resource] of resourcesOf(stack)) {
      const information = specOf(resource.Type)?.tagInformation;
      // A launch template's own tags are in TagSpecifications, see below.
      if (information === undefined || resource.Type === "AWS::EC2::LaunchTemplate") continue;
      tagged += 1;
      const tags = tagsOf(propertiesOf(resource), information.tagPropertyName);
      expect(tags, id).toMatchObject(wanted);
    }
    expect(tagged).toBeGreaterThan(20);
  });

  test("of launch templates are on them, on machines and on their disks", () => {
    const templates = resourcesOf(stackOf("login-pools")).filter(
      ([, { Type }]) => Type === "AWS::EC2::LaunchTemplate",
    );
    expect(templates).toHaveLength(3);
    for (const [id, template] of templates) {
      const { TagSpecifications: own, LaunchTemplateData } = propertiesOf(template);
      expect(JSON.stringify(own), id).toContain('"launch-template"');
      expect(JSON.stringify(own), id).toContain('"0a1b2c3d"');
      const data = LaunchTemplateData as {
        readonly TagSpecifications: readonly { ResourceType: string; Tags: readonly object[] }[];
      };
      const role = id === "HeadTemplate" ? "head" : "login";
      const kinds = data.TagSpecifications.map(({ ResourceType, Tags }) => [
        ResourceType,
        Tags.some((tag) => JSON.stringify(tag).includes(`"${role}"`)),
      ]);
      expect(kinds, id).toEqual([
        ["instance", true],
        ["volume", true],
      ]);
    }
  });
});

function resource(name: string, id: string) {
  const found = resourcesOf(stackOf(name)).find(([one]) => one === id)?.[1];
  if (found === undefined) throw new Error(`${name} has no ${id}`);
  return { ...found, properties: propertiesOf(found) };
}

describe("machines", () => {
  test("the head is a group of one that keeps its address and waits for its signal", () => {
    const { properties, CreationPolicy, UpdatePolicy } = resource("head-of-ones-own", "HeadGroup");
    expect(properties).toMatchObject({
      AvailabilityZones: ["<ZoneOfSubnet0123456789abcdef0>"],
      MinSize: "0",
      MaxSize: "1",
      DesiredCapacity: "1",
    });
    expect(properties).not.toHaveProperty("VPCZoneIdentifier");
    expect(CreationPolicy).toEqual({ ResourceSignal: { Count: 1, Timeout: "PT2400S" } });
    // Else an update would switch the head of a stopped cluster on.
    expect(UpdatePolicy).toEqual({
      AutoScalingScheduledAction: { IgnoreUnmodifiedGroupSizeProperties: true },
    });
  });

  test("the head is as the file says", () => {
    const { properties } = resource("head-of-ones-own", "HeadTemplate");
    expect(properties.LaunchTemplateData).toMatchObject({
      InstanceType: "c5.xlarge",
      ImageId: "ami-0123456789abcdef1",
      CpuOptions: { CoreCount: 2, ThreadsPerCore: 1 },
      NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: "<HeadInterface>" }],
      MetadataOptions: { HttpTokens: "optional" },
      Monitoring: { Enabled: true },
      BlockDeviceMappings: [
        {
          DeviceName: "/dev/sda1",
          Ebs: { VolumeType: "io2", VolumeSize: 200, Iops: 5000, DeleteOnTermination: false },
        },
      ],
    });
    expect(resource("head-of-ones-own", "HeadAddressAssociation").properties).toEqual({
      AllocationId: "eipalloc-0123456789abcdef0",
      NetworkInterfaceId: "<HeadInterface>",
    });
  });

  test("user data is given as it is", () => {
    const { LaunchTemplateData } = resource("login-pools", "LoginTemplateInteractive").properties;
    const { UserData } = LaunchTemplateData as { readonly UserData: string };
    expect(Buffer.from(UserData, "base64").toString()).toBe("#cloud-config\n# interactive\n");
  });

  test("login nodes are behind a balancer, and have time to say farewell", () => {
    expect(resource("login-pools", "LoginGroupInteractive").properties).toMatchObject({
      // What the machines' role may let go of, by name.
      AutoScalingGroupName: "sluice-demo-0a1b2c3d-login-interactive",
      VPCZoneIdentifier: ["subnet-0123456789abcdef0"],
      MaxSize: "2",
      DesiredCapacity: "2",
      TargetGroupARNs: ["<LoginTargetsInteractive>"],
    });
    expect(resource("login-pools", "LoginFarewellInteractive").properties).toMatchObject({
      LifecycleHookName: "farewell",
      HeartbeatTimeout: 3600,
      DefaultResult: "CONTINUE",
      LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
    });
    expect(resource("login-pools", "LoginBalancerInteractive").properties).toMatchObject({
      Type: "network",
      Scheme: "<SchemeOfSubnet0123456789abcdef0>",
    });
    expect(resource("login-pools", "LoginGroupInteractive").DependsOn).toEqual(["HeadGroup"]);
  });
});

describe("what the head reads", () => {
  test.each(EVERY)("of $name fits into standard parameters", ({ stack }) => {
    for (const [id, resource] of resourcesOf(stack)) {
      if (resource.Type !== "AWS::SSM::Parameter") continue;
      expect(String(propertiesOf(resource).Value).length, id).toBeLessThan(3000);
    }
  });

  test("is all that the head can't read in the cluster file", () => {
    expect(factsOf(stackOf("network-made"))).toEqual({
      cluster: {
        name: "demo",
        unique: "0a1b2c3d",
        region: "<AWS::Region>",
        account: "<AWS::AccountId>",
        partition: "<AWS::Partition>",
        stackId: "<AWS::StackId>",
        headResource: "HeadGroup",
      },
      bucket: { name: "sluice-123456789012-eu-central-1", prefix: "clusters/demo-0a1b2c3d" },
      network: {
        vpcId: "<Vpc>",
        computeSubnets: ["<PrivateSubnet1>", "<PrivateSubnet2>"],
        headAddress: "<HeadInterface.PrimaryPrivateIpAddress>",
        headSubnet: "<PublicSubnet1>",
        headSecurityGroups: ["<HeadPorts.GroupId>"],
        computeSecurityGroups: ["<ComputePorts.GroupId>"],
      },
      roles: { computeProfile: "<ComputeProfile>", queueProfiles: {} },
      disks: [{ volumeId: "<HeadState>", mountPoint: "/var/lib/sluice" }],
      fileSystems: {},
      secrets: { munge: "<SecretMunge>", jwt: "<SecretJwt>", gateway: "<SecretGateway>" },
      noticesQueue: "<Notices>",
      logGroup: "<Logs>",
      images: { "debian13/x86_64": "<ImageDebian13X8664>" },
    });
  });

  test("is there before the head boots", () => {
    const { Resources } = templatesOf(stackOf("rights-bounded"))[0] ?? { Resources: {} };
    const before = Resources.HeadGroup?.DependsOn ?? [];
    const facts = Object.keys(Resources).filter((id) => id.startsWith("Facts"));
    expect(facts.length).toBeGreaterThan(2);
    expect(before).toEqual(expect.arrayContaining([...facts, "CleanUp", "Logs"]));
    expect(before).toEqual(expect.arrayContaining([expect.stringMatching(/^QueueRoles\d$/)]));
  });
});

test("the same request gives the same text", async () => {
  const request = requestOf(configOf(clusterText("rights-bounded")));
  expect(await synthesise(request)).toEqual(await synthesise(request));
});

test("a CDK command line in the environment changes nothing", async () => {
  const request = requestOf(configOf(clusterText("network-made")));
  const before = await synthesise(request);
  const context = { "aws:cdk:enable-path-metadata": true, "aws:cdk:version-reporting": true };
  vi.stubEnv("CDK_CONTEXT_JSON", JSON.stringify(context));
  vi.stubEnv("CDK_DEFAULT_REGION", "us-east-1");
  try {
    expect(await synthesise(request)).toEqual(before);
  } finally {
    vi.unstubAllEnvs();
  }
});
