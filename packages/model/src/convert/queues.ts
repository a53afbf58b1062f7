import { machineTypeOf } from "../catalogue/machine-types.ts";
import { showValue } from "../cluster-file/finding.ts";
import { Section } from "./commented-yaml.ts";
import { type Conversion, sayMissing } from "./conversion.ts";
import { localStorage, proxy, putSecurity, usesPublicIps } from "./head-node.ts";
import { Names } from "./names.ts";
import { customActions, nodeIam } from "./node-access.ts";
import type { Version2Section } from "./version2-file.ts";

const MAX_NAME = 25;
/** What the one partition of a cluster without queues was called. */
const ONLY_QUEUE = "compute";

export function slurmQueues(conversion: Conversion): Section[] {
  const { file, cluster, scheduler } = conversion;
  if (scheduler === "awsbatch") return [batchQueue(conversion)];
  const labels = cluster.list("queue_settings");
  if (labels.length === 0) return [onlyQueue(conversion)];
  const names = new Names(MAX_NAME, ["default"]);
  return labels.flatMap((label) => {
    const section = file.section("queue", label);
    if (section === undefined) sayMissing(cluster, "queue_settings", `[queue ${label}]`);
    return section === undefined
      ? []
      : [queue(conversion, section, queueName(section, label, names))];
  });
}

function queueName(section: Version2Section, label: string, names: Names): string {
  const name = names.take(nameOf(label, "queue"));
  if (name !== label) {
    section.say(undefined, {
      level: "WARNING",
      message: `a queue can't be called ${showValue(label)} now, so it is called ${name}`,
      suggestion: `write --partition=${name} in job scripts`,
    });
  }
  return name;
}

function nameOf(label: string, kind: string): string {
  const plain = label
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .replace(/^[^a-z]+/, "");
  return plain === "" ? kind : plain === "default" ? `default-${kind}` : plain;
}

function queue(conversion: Conversion, section: Version2Section, name: string): Section {
  const { file } = conversion;
  const type = section.choice("compute_type", ["ondemand", "spot"]);
  const labels = section.list("compute_resource_settings");
  if (labels.length === 0) {
    section.say("compute_resource_settings", {
      level: "ERROR",
      message: "the queue has no compute resources",
      suggestion: "write ComputeResources of the queue in the new file",
    });
  }
  const names = new Names(MAX_NAME);
  const resources = labels.flatMap((label) => {
    const resource = file.section("compute_resource", label);
    if (resource === undefined) {
      sayMissing(section, "compute_resource_settings", `[compute_resource ${label}]`);
      return [];
    }
    const resourceName = names.take(nameOf(label, "resource"));
    return [computeResource(conversion, section, resource, resourceName, type === "spot")];
  });
  return new Section(section.title)
    .put("Name", name)
    .put("CapacityType", type?.toUpperCase())
    .put("ComputeSettings", computeSettings(conversion))
    .put("CustomActions", customActions(conversion))
    .put("Iam", nodeIam(conversion))
    .put("Networking", networking(conversion, section, wantsEfa(conversion, section)))
    .put("ComputeResources", resources);
}

function computeResource(
  conversion: Conversion,
  queue: Version2Section,
  section: Version2Section,
  name: string,
  isSpot: boolean,
): Section {
  const type = section.text("instance_type");
  if (type === undefined) {
    section.say(undefined, {
      level: "ERROR",
      message: "instance_type is missing",
      suggestion: "write InstanceType of the compute resource in the new file",
    });
  }
  const min = section.integer("min_count");
  const initial = section.integer("initial_count") ?? 0;
  if (initial > (min ?? 0)) {
    section.say("initial_count", {
      level: "INFO",
      message: "no machines are started before a job wants them, beyond those of MinCount",
      suggestion: "write WarmNodes of the queue in the new file to keep idle nodes ready",
    });
  }
  const threads = queue.boolean("disable_hyperthreading");
  return new Section(section.title)
    .put("Name", name)
    .put("InstanceType", type)
    .put("MinCount", min)
    .put("MaxCount", section.integer("max_count", 1))
    .put("SpotPrice", isSpot ? section.number("spot_price") : undefined)
    .put(
      "DisableSimultaneousMultithreading",
      threads ?? conversion.cluster.boolean("disable_hyperthreading"),
    )
    .put("Efa", efa(conversion, type, [section, "instance_type"], queue));
}

/** Version 2 says it for all compute nodes of the cluster, or for a queue. */
function wantsEfa({ cluster }: Conversion, queue?: Version2Section): boolean | undefined {
  const everywhere = cluster.choice("enable_efa", ["compute"]) === "compute" || undefined;
  return queue?.boolean("enable_efa") ?? everywhere;
}

function efa(
  conversion: Conversion,
  type: string | undefined,
  [section, key]: readonly [Version2Section, string],
  queue?: Version2Section,
): Section {
  const { cluster } = conversion;
  const wanted = wantsEfa(conversion, queue);
  const known = type === undefined ? undefined : machineTypeOf("aws", type);
  if (wanted === true && known !== undefined && known.interconnect !== "efa") {
    section.say(key, {
      level: "WARNING",
      message: `${type} has no EFA, so the new file asks for none`,
      suggestion: "write a machine type with EFA, and Efa.Enabled: true",
    });
    return new Section();
  }
  const gdr = cluster.choice("enable_efa_gdr", ["compute"]) === "compute" || undefined;
  return new Section()
    .put("Enabled", wanted)
    .put("GdrSupport", queue?.boolean("enable_efa_gdr") ?? gdr);
}

function computeSettings(conversion: Conversion): Section {
  return new Section().put("LocalStorage", localStorage(conversion, "compute_root_volume_size"));
}

function networking(
  conversion: Conversion,
  grouped: Version2Section,
  hasEfa = false,
): Section | undefined {
  const { vpc } = conversion;
  if (vpc === undefined) return undefined;
  const head = vpc.text("master_subnet_id");
  const own = vpc.text("compute_subnet_id");
  if (vpc.text("compute_subnet_cidr") !== undefined) {
    vpc.say("compute_subnet_cidr", {
      level: "WARNING",
      message: "no subnet is made for compute nodes, so the new file has the head's",
      suggestion: "make a subnet of that range, and write it as SubnetIds",
    });
  }
  const subnet = own ?? head;
  const isHeads = subnet === head;
  const section = new Section(vpc.title)
    .put("SubnetIds", subnet === undefined ? [] : [subnet])
    // Elsewhere the way out is a NAT gateway, which a public address does not use.
    .put("AssignPublicIp", isHeads && usesPublicIps(conversion) ? true : undefined);
  return putSecurity(section, conversion)
    .put("PlacementGroup", placementGroup(grouped, hasEfa))
    .put("Proxy", proxy(conversion));
}

function placementGroup(section: Version2Section, hasEfa: boolean): Section | undefined {
  const group = section.text("placement_group");
  if (group?.toUpperCase() === "DYNAMIC") return new Section().put("Enabled", true);
  if (group !== undefined) return new Section().put("Name", group);
  // Version 3 wants it said beside EFA.
  const note = "as in version 2; true is faster";
  return hasEfa ? new Section().put("Enabled", false, note) : undefined;
}

/** A cluster without queues: its compute nodes are one. */
function onlyQueue(conversion: Conversion): Section {
  const { cluster } = conversion;
  const type = cluster.text("compute_instance_type");
  const spot = cluster.choice("cluster_type", ["ondemand", "spot"]);
  const initial = cluster.integer("initial_queue_size");
  const keeps = cluster.boolean("maintain_initial_size") === true;
  if (initial !== undefined && initial > 0 && !keeps) {
    cluster.say("initial_queue_size", {
      level: "INFO",
      message: "no machines are started before a job wants them, so this was not brought over",
      suggestion: "write MinCount in the new file for nodes that are always up",
    });
  }
  if (cluster.choice("placement", ["compute", "cluster"]) === "cluster") {
    cluster.say("placement", {
      level: "WARNING",
      message:
        "the head node is in no placement group, so only the compute nodes are close together",
      suggestion: "remove it",
    });
  }
  const resource = new Section()
    .put("Name", "nodes")
    .put("InstanceType", type ?? "t2.micro", type === undefined ? "version 2's default" : undefined)
    .put("MinCount", keeps ? (initial ?? 2) : undefined, "maintain_initial_size")
    .put("MaxCount", cluster.integer("max_queue_size", 1))
    .put("SpotPrice", spot === "spot" ? cluster.number("spot_price") : undefined)
    .put("DisableSimultaneousMultithreading", cluster.boolean("disable_hyperthreading"))
    .put("Efa", efa(conversion, type, [cluster, "compute_instance_type"]));
  return new Section("version 2's only partition had this name")
    .put("Name", ONLY_QUEUE)
    .put("CapacityType", spot?.toUpperCase())
    .put("ComputeSettings", computeSettings(conversion))
    .put("CustomActions", customActions(conversion))
    .put("Iam", nodeIam(conversion))
    .put("Networking", networking(conversion, cluster, wantsEfa(conversion)))
    .put("ComputeResources", [resource]);
}

/** AWS Batch's compute environment as a queue of Slurm, as far as one is like the other. */
function batchQueue(conversion: Conversion): Section {
  const { cluster } = conversion;
  const types = cluster.list("compute_instance_type");
  const exact = types.filter((type) => type.includes("."));
  if (exact.length < Math.max(1, types.length)) {
    cluster.say("compute_instance_type", {
      level: "ERROR",
      message: "AWS Batch chooses machine types by itself, and a queue of Slurm names each of them",
      suggestion: "write Instances of the compute resource in the new file",
    });
  }
  const vcpus = exact.flatMap((type) => machineTypeOf("aws", type)?.vcpus ?? []);
  const count = (key: string, from: number) => {
    const wanted = cluster.integer(key);
    const smallest = vcpus.length === exact.length ? Math.min(...vcpus) : Number.POSITIVE_INFINITY;
    const fits = wanted !== undefined && Number.isFinite(smallest);
    return fits ? Math.max(from, Math.ceil(wanted / smallest)) : undefined;
  };
  if (cluster.text("spot_bid_percentage") !== undefined) {
    cluster.say("spot_bid_percentage", {
      level: "INFO",
      message: "a limit is a price now, and without one it is the on-demand price",
      suggestion: "write SpotPrice in USD per hour in the new file if there must be one",
    });
  }
  cluster.text("desired_vcpus");
  const resource = new Section()
    .put("Name", "nodes")
    .put(
      "Instances",
      exact.map((type) => new Section().put("InstanceType", type)),
    )
    .put("MinCount", count("min_vcpus", 0), "min_vcpus, in nodes of the smallest type")
    .put("MaxCount", count("max_vcpus", 1), "max_vcpus, in nodes of the smallest type");
  return new Section("version 2 had a compute environment of AWS Batch here")
    .put("Name", "batch")
    .put("CapacityType", cluster.choice("cluster_type", ["ondemand", "spot"])?.toUpperCase())
    .put("ComputeSettings", computeSettings(conversion))
    .put("Iam", nodeIam(conversion))
    .put("Networking", networking(conversion, cluster))
    .put("ComputeResources", [resource]);
}
