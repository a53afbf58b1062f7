import { showValue } from "../cluster-file/finding.ts";
import { CLOUD_OSES } from "../cluster-file/schema/image.ts";
import { Section } from "./commented-yaml.ts";
import { type Conversion, referredSection } from "./conversion.ts";
import { customActions, nodeIam } from "./node-access.ts";

/** What comes after the operating systems that version 2 had, of those with official images. */
const SUCCESSORS: Readonly<Record<string, (typeof CLOUD_OSES)[number]>> = {
  alinux: "alinux2023",
  alinux2: "alinux2023",
  centos6: "alinux2023",
  centos7: "alinux2023",
  centos8: "alinux2023",
  ubuntu1404: "ubuntu2204",
  ubuntu1604: "ubuntu2204",
  ubuntu1804: "ubuntu2204",
  ubuntu2004: "ubuntu2204",
};

export function image({ cluster }: Conversion): Section {
  const section = new Section();
  const ami = cluster.text("custom_ami");
  if (ami !== undefined) {
    cluster.say("custom_ami", {
      level: "WARNING",
      message: "an image that was made for version 2 lacks what a node needs now",
      suggestion: "make an image anew, and write it as Image.CustomAmi",
    });
    section.remark(`CustomAmi: version 2 had ${ami}; make it anew`);
  }
  const old = cluster.text("base_os");
  if (old === undefined) {
    cluster.say(undefined, {
      level: "ERROR",
      message: "base_os is missing, and there is no default for it",
      suggestion: `write Image.Os in the new file: one of ${CLOUD_OSES.join(", ")}`,
    });
    return section;
  }
  const same = CLOUD_OSES.find((os) => os === old);
  if (same !== undefined) return section.put("Os", same);
  const os = SUCCESSORS[old];
  if (os === undefined) {
    cluster.say("base_os", {
      level: "ERROR",
      message: `${showValue(old)} is not an operating system that is known`,
      suggestion: `write one of ${CLOUD_OSES.join(", ")}`,
    });
    return section;
  }
  cluster.say("base_os", {
    level: "WARNING",
    message: `${old} is no longer maintained, so the new file has ${os}: software that was built on the old one may have to be built again`,
    suggestion: `test your jobs on ${os}, or write another of ${CLOUD_OSES.join(", ")}`,
  });
  return section.put("Os", os, `base_os was ${old}`);
}

export function headNode(conversion: Conversion): Section {
  const { cluster } = conversion;
  const type = cluster.text("master_instance_type");
  return new Section()
    .put("InstanceType", type ?? "t3.micro", type === undefined ? "version 2's default" : undefined)
    .put("DisableSimultaneousMultithreading", cluster.boolean("disable_hyperthreading"))
    .put("Networking", networking(conversion))
    .put("Ssh", ssh(conversion))
    .put("LocalStorage", localStorage(conversion, "master_root_volume_size"))
    .put("Dcv", dcv(conversion))
    .put("CustomActions", customActions(conversion))
    .put("Iam", nodeIam(conversion));
}

function networking(conversion: Conversion): Section | undefined {
  const { vpc } = conversion;
  if (vpc === undefined) return undefined;
  const subnet = vpc.text("master_subnet_id");
  if (subnet === undefined) {
    vpc.say(undefined, {
      level: "ERROR",
      message: "master_subnet_id is missing, and the head node must be in a subnet",
      suggestion: "write HeadNode.Networking.SubnetId in the new file",
    });
  }
  const vpcId = vpc.text("vpc_id");
  const section = new Section(vpc.title)
    .put("SubnetId", subnet, vpcId === undefined ? undefined : `in ${vpcId}`)
    .put(
      "ElasticIp",
      usesPublicIps(conversion),
      vpc.text("use_public_ips") === undefined
        ? "version 2's default for use_public_ips"
        : undefined,
    );
  return putSecurity(section, conversion).put("Proxy", proxy(conversion));
}

/** A fixed public address for the head, and public ones for compute nodes in its subnet. */
export function usesPublicIps({ vpc }: Conversion): boolean {
  return vpc?.boolean("use_public_ips") ?? true;
}

/** Security groups of the head and of queues; version 3 has either its own or further ones. */
export function putSecurity(section: Section, { vpc }: Conversion): Section {
  const own = vpc?.list("vpc_security_group_id") ?? [];
  const further = vpc?.list("additional_sg") ?? [];
  if (own.length === 0) return section.put("AdditionalSecurityGroups", further, "additional_sg");
  const note =
    further.length === 0 ? "vpc_security_group_id" : "vpc_security_group_id, additional_sg";
  return section.put("SecurityGroups", [...own, ...further], note);
}

export function proxy({ cluster }: Conversion): Section {
  return new Section().put("HttpProxyAddress", cluster.text("proxy_server"));
}

function ssh({ cluster, vpc }: Conversion): Section {
  const from = vpc?.text("ssh_from");
  const section = new Section()
    .put("KeyName", cluster.text("key_name"))
    .put("AllowedIps", from, from === "0.0.0.0/0" ? "from everywhere; narrow it" : undefined);
  if (from !== undefined) return section;
  return section.remark("AllowedIps: version 2 let the whole world connect; write who may");
}

/** Root volumes of version 2's images were smaller than what an image itself takes now. */
const IMAGE_GIB = 50;

export function localStorage(
  { cluster }: Conversion,
  key: "master_root_volume_size" | "compute_root_volume_size",
): Section {
  const size = cluster.integer(key, 1);
  const isTooSmall = size !== undefined && size < IMAGE_GIB;
  if (isTooSmall) {
    cluster.say(key, {
      level: "INFO",
      message: `an image takes about ${IMAGE_GIB} GiB by now, so ${size} was not brought over and the image's own size counts`,
      suggestion: "write RootVolume.Size in the new file if you want more",
    });
  }
  if (cluster.boolean("encrypted_ephemeral") === true) {
    cluster.say("encrypted_ephemeral", {
      level: "INFO",
      message:
        "local disks of today's machine types are always encrypted, so there is no key for it",
      suggestion: "remove it",
    });
  }
  const rootVolume = new Section().put("Size", isTooSmall ? undefined : size);
  const ephemeral = new Section().put("MountDir", directory(cluster.text("ephemeral_dir")));
  return new Section().put("RootVolume", rootVolume).put("EphemeralVolume", ephemeral);
}

/** Version 2 takes a relative path as one below the root. */
export function directory(path: string | undefined): string | undefined {
  if (path === undefined || path === "/NONE") return undefined;
  return path.startsWith("/") ? path : `/${path}`;
}

function dcv(conversion: Conversion): Section | undefined {
  const section = referredSection(conversion, "dcv_settings");
  if (section === undefined) return undefined;
  const enabled = section.choice("enable", ["master"]);
  const from = section.text("access_from");
  return new Section(section.title)
    .put("Enabled", enabled === "master")
    .put("Port", section.integer("port", 1))
    .put("AllowedIps", from);
}
