import type { Edit } from "../../cluster-file/edit/edit.ts";
import type { Path } from "../../cluster-file/problem.ts";
import type { Remark, Rule } from "../contract.ts";
import { remove, set } from "../edits.ts";
import type { AdviceFile } from "../file.ts";
import { HOURS_PER_MONTH, usd } from "../money.ts";
import prices from "../service-prices.json" with { type: "json" };
import { counted, listed } from "../words.ts";

const EVERYWHERE = /^(0\.0\.0\.0\/0|::\/0)$/;
/** To be replaced by the site's own; the widest of the private ranges. */
const PRIVATE = "10.0.0.0/8";
const PRIVATE_COMMENT = "the networks that people come from";

/** A machine that people connect to. */
interface Door {
  readonly subject: string;
  readonly path: Path;
  readonly hasOwnGroups: boolean;
  readonly ssh: string | undefined;
  /** Undefined when there are no desktops. */
  readonly dcv: string | undefined;
  readonly hasDcv: boolean;
  readonly isPublic: boolean;
}

function doors({ config }: AdviceFile): Door[] {
  const { HeadNode: head, LoginNodes } = config;
  const elastic = head.Networking?.ElasticIp;
  return [
    {
      subject: "the head node",
      path: ["HeadNode"],
      hasOwnGroups: head.Networking?.SecurityGroups !== undefined,
      ssh: head.Ssh?.AllowedIps,
      dcv: head.Dcv?.AllowedIps,
      hasDcv: head.Dcv?.Enabled === true,
      isPublic: elastic !== undefined && elastic !== false && elastic !== "false",
    },
    ...(LoginNodes?.Pools ?? []).map((pool, index) => ({
      subject: `login pool ${pool.Name}`,
      path: ["LoginNodes", "Pools", index],
      hasOwnGroups: pool.Networking?.SecurityGroups !== undefined,
      ssh: pool.Ssh?.AllowedIps,
      dcv: pool.Dcv?.AllowedIps,
      hasDcv: pool.Dcv?.Enabled === true,
      isPublic: false,
    })),
  ];
}

/** Addresses that may connect, when those are all there are. */
function isOpen(allowed: string, { hasOwnGroups }: Door): boolean {
  return !hasOwnGroups && EVERYWHERE.test(allowed);
}

const narrow = (path: Path) => ({
  edits: [set(path, PRIVATE, { comment: PRIVATE_COMMENT })],
  safe: false,
  does: `write AllowedIps: ${PRIVATE}, or the site's own networks; who comes from elsewhere is locked out`,
});

const sshOpen: Rule = {
  id: "security/ssh-open",
  pitfall: 8,
  title: "SSH is open to the world",
  looksFor:
    "`Ssh.AllowedIps` of the head node or a login pool that is 0.0.0.0/0 where Sluice makes the security group",
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    for (const door of doors(file)) {
      if (door.ssh === undefined || !isOpen(door.ssh, door)) continue;
      const place: Path = [...door.path, "Ssh", "AllowedIps"];
      yield {
        subject: door.subject,
        level: "high",
        evidence: [place, ...(door.isPublic ? [[...door.path, "Networking", "ElasticIp"]] : [])],
        why: `${door.isPublic ? "it has a public address and" : "if its subnet is public,"} anybody may try to log in by SSH; who gets in has everybody's homes${door.path[0] === "HeadNode" ? " and the rights by which machines are launched" : ""}`,
        cost: { basis: "the risk; an open port is found within minutes" },
        fix: narrow(place),
        alternatives: ["let people come through a VPN, or the cloud's own session service"],
      };
    }
  },
};

const desktopsOpen: Rule = {
  id: "security/desktops-open",
  pitfall: 8,
  title: "desktops are open to the world",
  looksFor: "`Dcv` that is on with `AllowedIps` 0.0.0.0/0, the default",
  mends: "edit",
  providers: ["aws"],
  *find(file) {
    for (const door of doors(file)) {
      if (!door.hasDcv || !isOpen(door.dcv ?? "0.0.0.0/0", door)) continue;
      const place: Path = [...door.path, "Dcv", "AllowedIps"];
      yield {
        subject: door.subject,
        level: door.isPublic || door.dcv !== undefined ? "high" : "medium",
        evidence: [[...door.path, "Dcv", "Enabled"], place],
        why: "whoever reaches the machine reaches the login page of its desktops",
        cost: { basis: "the risk" },
        fix: narrow(place),
      };
    }
  },
};

const publicHead: Rule = {
  id: "security/public-head",
  pitfall: 8,
  title: "a public head node beside login nodes",
  looksFor: "`HeadNode.Networking.ElasticIp`, and `LoginNodes`",
  mends: "edit",
  providers: ["aws"],
  *find(file): Generator<Remark> {
    const [head] = doors(file);
    if (head?.isPublic !== true || file.config.LoginNodes === undefined) return;
    const place: Path = ["HeadNode", "Networking", "ElasticIp"];
    const saves = prices.publicAddressHour * HOURS_PER_MONTH;
    yield {
      subject: "the head node",
      level: "medium",
      evidence: [place, ["LoginNodes"]],
      why: "people have login nodes to come in by, so the machine with all the rights need not be on the internet",
      cost: {
        savesUsdPerMonth: saves,
        basis: `the risk, and ${usd(saves)} a month for the address`,
      },
      fix: {
        edits: [remove(place)],
        safe: false,
        does: "remove ElasticIp; who connects to the head node itself needs another way to it",
      },
    };
  },
};

const publicNodes: Rule = {
  id: "security/public-nodes",
  pitfall: 8,
  title: "compute nodes with public addresses",
  looksFor: "`AssignPublicIp: true` in a queue",
  mends: "edit",
  providers: ["aws", "azure"],
  *find({ queues }) {
    for (const { queue, path, nodes } of queues) {
      if (queue.Networking?.AssignPublicIp !== true) continue;
      const place: Path = [...path, "Networking", "AssignPublicIp"];
      const saves = prices.publicAddressHour * nodes * HOURS_PER_MONTH;
      yield {
        subject: `queue ${queue.Name}`,
        level: "medium",
        evidence: [place],
        why: "each node of the queue stands on the internet, where nothing needs to reach it",
        cost: {
          savesUsdPerMonth: saves,
          basis: `the risk, and ${usd(prices.publicAddressHour)} an hour for each address: up to ${usd(saves)} a month for ${counted(nodes, "node")}`,
        },
        fix: {
          edits: [set(place, false)],
          safe: false,
          does: "write AssignPublicIp: false; the subnet needs a NAT gateway or endpoints then, for what nodes fetch",
        },
      };
    }
  },
};

const BROAD =
  /\/(AdministratorAccess|PowerUserAccess|SystemAdministrator|IAMFullAccess|Amazon(EC2|S3|SSM|VPC)FullAccess)$/;

const broadRights: Rule = {
  id: "security/broad-rights",
  pitfall: 8,
  title: "nodes that may do too much in the account",
  looksFor:
    "`AdditionalIamPolicies` such as AdministratorAccess or AmazonS3FullAccess, or `S3Access` to every bucket",
  mends: "none",
  providers: ["aws"],
  *find(file) {
    const { HeadNode, LoginNodes } = file.config;
    const holders = [
      { subject: "the head node", path: ["HeadNode"], iam: HeadNode.Iam },
      ...(LoginNodes?.Pools ?? []).map((pool, index) => ({
        subject: `login pool ${pool.Name}`,
        path: ["LoginNodes", "Pools", index],
        iam: pool.Iam,
      })),
      ...file.queues.map(({ queue, path }) => ({
        subject: `queue ${queue.Name}`,
        path,
        iam: queue.Iam,
      })),
    ];
    for (const { subject, path, iam } of holders) {
      const policies = (iam?.AdditionalIamPolicies ?? []).flatMap(({ Policy }, index) =>
        BROAD.test(Policy) ? [{ name: Policy.replace(/^.*\//, ""), index }] : [],
      );
      const access = iam !== undefined && "S3Access" in iam ? (iam.S3Access ?? []) : [];
      const buckets = access.flatMap(({ BucketName, EnableWriteAccess }, index) =>
        BucketName === "*" ? [{ index, verb: EnableWriteAccess ? "read and write" : "read" }] : [],
      );
      if (policies.length + buckets.length === 0) continue;
      const rights = [
        ...policies.map(({ name }) => name),
        ...buckets.map(({ verb }) => `the right to ${verb} every bucket`),
      ];
      yield {
        subject,
        level: "high",
        evidence: [
          ...policies.map(({ index }) => [
            ...path,
            "Iam",
            "AdditionalIamPolicies",
            index,
            "Policy",
          ]),
          ...buckets.map(({ index }) => [...path, "Iam", "S3Access", index, "BucketName"]),
        ],
        why: `every job can take the rights of the machine that it runs on, so each user of the cluster has ${listed(rights)}`,
        cost: {
          basis:
            "the risk: one job, or one script that somebody downloaded, reaches the whole account",
        },
        alternatives: [
          "write S3Access with the buckets that jobs use, and EnableWriteAccess where they write",
          "write a policy of the site's own with what is needed, in AdditionalIamPolicies",
        ],
      };
    }
  },
};

const oldMetadata: Rule = {
  id: "security/imds-v1",
  pitfall: 8,
  title: "the metadata service answers without a session",
  looksFor: "`Imds.ImdsSupport: v1.0`",
  mends: "safe",
  providers: ["aws"],
  *find({ config }) {
    if (config.Imds.ImdsSupport !== "v1.0") return;
    const place: Path = ["Imds", "ImdsSupport"];
    yield {
      subject: "the cluster",
      level: "high",
      evidence: [place],
      why: "a program that can be made to fetch an address hands out the credentials of its machine; version 2 wants a session first, and every SDK since 2019 opens one",
      cost: { basis: "the risk" },
      fix: { edits: [set(place, "v2.0")], safe: true, does: "write ImdsSupport: v2.0" },
    };
  },
};

const metadataForAll: Rule = {
  id: "security/imds-for-everybody",
  pitfall: 8,
  title: "everybody on the head node has its rights",
  looksFor: "`HeadNode.Imds.Secured: false`",
  mends: "edit",
  providers: ["aws"],
  *find({ config }) {
    if (config.HeadNode.Imds?.Secured !== false) return;
    const place: Path = ["HeadNode", "Imds", "Secured"];
    yield {
      subject: "the head node",
      level: "high",
      evidence: [place],
      why: "each user who logs in there can fetch the head node's credentials, and launch and terminate machines with them",
      cost: { basis: "the risk, and whatever somebody launches" },
      fix: {
        edits: [set(place, true)],
        safe: false,
        does: "write Secured: true; scripts of users that call the cloud from the head node stop working",
      },
    };
  },
};

interface Disk {
  readonly subject: string;
  readonly path: Path;
}

const unencrypted: Rule = {
  id: "security/unencrypted",
  pitfall: 8,
  title: "files that are stored unencrypted",
  looksFor: "`Encrypted: false` of a disk or of a new `Efs` storage",
  mends: "safe",
  providers: ["aws", "azure"],
  *find(file) {
    for (const { subject, path } of unencryptedDisks(file)) {
      const edits: Edit[] = [set(path, true)];
      yield {
        subject,
        level: "medium",
        evidence: [path],
        why: "what is written there can be read by whoever gets at the disk or a copy of it, and most rules of sites and funders forbid that",
        cost: { basis: "the risk; encryption is free and not felt" },
        fix: { edits, safe: true, does: "write Encrypted: true" },
      };
    }
  },
};

function* unencryptedDisks({ config, queues }: AdviceFile): Generator<Disk> {
  const { HeadNode, SharedStorage } = config;
  if (HeadNode.LocalStorage?.RootVolume?.Encrypted === false) {
    yield {
      subject: "the head node's disk",
      path: ["HeadNode", "LocalStorage", "RootVolume", "Encrypted"],
    };
  }
  for (const { queue, path } of queues) {
    const inner = ["ComputeSettings", "LocalStorage", "RootVolume", "Encrypted"];
    if (queue.ComputeSettings?.LocalStorage?.RootVolume?.Encrypted === false) {
      yield { subject: `disks of queue ${queue.Name}`, path: [...path, ...inner] };
    }
  }
  for (const [index, storage] of SharedStorage.entries()) {
    const { StorageType, EbsSettings = {}, EfsSettings = {} } = storage;
    const isPlainEbs =
      StorageType === "Ebs" &&
      EbsSettings.VolumeId === undefined &&
      EbsSettings.Encrypted === false;
    const isPlainEfs =
      StorageType === "Efs" &&
      EfsSettings.FileSystemId === undefined &&
      EfsSettings.Encrypted === false;
    if (!isPlainEbs && !isPlainEfs) continue;
    yield {
      subject: `storage ${storage.Name}`,
      path: ["SharedStorage", index, isPlainEbs ? "EbsSettings" : "EfsSettings", "Encrypted"],
    };
  }
}

export const SECURITY_RULES: readonly Rule[] = [
  sshOpen,
  desktopsOpen,
  publicHead,
  publicNodes,
  broadRights,
  oldMetadata,
  metadataForAll,
  unencrypted,
];
