import type { Path } from "../../cluster-file/problem.ts";
import type { Remark, Rule } from "../contract.ts";
import { set } from "../edits.ts";
import type { AdviceFile, QueueView, ResourceView } from "../file.ts";
import { fullCost } from "../fleet-cost.ts";
import { usd } from "../money.ts";
import { counted, listed } from "../words.ts";

interface Script {
  readonly address: string;
  readonly path: Path;
}

/** Those that every machine of a queue runs before it takes jobs. */
function scriptsOf({ queue, path }: QueueView): Script[] {
  return (["OnNodeStart", "OnNodeConfigured"] as const).flatMap((event) => {
    const action = queue.CustomActions?.[event];
    const place: Path = [...path, "CustomActions", event];
    const one = action?.Script;
    return [
      ...(one === undefined ? [] : [{ address: one, path: [...place, "Script"] }]),
      ...(action?.Sequence ?? []).map(({ Script }, index) => ({
        address: Script,
        path: [...place, "Sequence", index, "Script"],
      })),
    ];
  });
}

const INSTALLS =
  /(install|setup|bootstrap|provision|build|compile|deploy|packages?|apt|yum|dnf|conda|pip|spack|easybuild|docker|cuda|nvidia|driver|ansible|chef|puppet)/i;

function fileName({ address }: Script): string {
  return address.replace(/[?#].*$/, "").replace(/^.*\//, "");
}

function isElastic(view: QueueView): boolean {
  return view.resources.some(({ dynamic }) => dynamic > 0);
}

/** What a minute of waiting costs with all nodes of a queue. */
function minuteOf({ resources }: QueueView): string {
  const cost = fullCost(resources);
  const price =
    cost.nodes === 0 ? "" : `: ${cost.for(1 / 60)} for all ${counted(cost.nodes, "node")}`;
  return `each minute of it is a minute that a job waits and a machine is paid for${price}`;
}

const installsAtBoot: Rule = {
  id: "slow-starts/installs-at-boot",
  pitfall: 9,
  title: "every node installs its software when it starts",
  looksFor:
    "`CustomActions` of a queue with dynamic nodes whose scripts are named for installing something, or three scripts or more",
  mends: "none",
  providers: ["aws", "azure"],
  *find({ config, queues }) {
    for (const view of queues) {
      const scripts = scriptsOf(view);
      const heavy = scripts.filter((script) => INSTALLS.test(fileName(script)));
      const shown = scripts.length >= 3 ? scripts : heavy;
      if (shown.length === 0 || !isElastic(view)) continue;
      const image = view.queue.Image?.CustomAmi ?? config.Image.CustomAmi;
      yield {
        subject: `queue ${view.queue.Name}`,
        level: image === undefined ? "medium" : "low",
        evidence: [
          ...shown.map(({ path }) => path),
          ...(image === undefined && config.Provider === "aws" ? [["Image", "CustomAmi"]] : []),
        ],
        why: `each of up to ${counted(view.nodes, "machine")} runs ${listed(shown.map(fileName))} before it takes a job, each time it starts; when what they fetch is away, no node comes up`,
        cost: { basis: minuteOf(view) },
        alternatives: [
          "make an image that has the software and name it by Image.CustomAmi, so that a start is a boot and nothing else",
          "put software on shared storage, and leave to the scripts what differs from node to node",
        ],
      };
    }
  },
};

const scriptsFromTheWeb: Rule = {
  id: "slow-starts/scripts-from-the-web",
  pitfall: 9,
  title: "nodes start only while somebody else's server answers",
  looksFor: "`CustomActions` of a queue whose script is fetched from the web rather than from S3",
  mends: "none",
  providers: ["aws", "azure"],
  *find({ queues, config }) {
    for (const view of queues) {
      const away = scriptsOf(view).filter(({ address }) => isFromTheWeb(address));
      const [first] = away;
      if (first === undefined) continue;
      yield {
        subject: `queue ${view.queue.Name}`,
        level: "medium",
        evidence: away.map(({ path }) => path),
        why: `${counted(view.nodes, "machine")} fetch ${listed(away.map(fileName))} from ${hostOf(first.address)} and run it as root: when it is away or slow no node comes up, and who changes it there runs on every node`,
        cost: { basis: minuteOf(view) },
        alternatives: [
          config.Provider === "aws"
            ? "put a copy into a bucket of the account and write its s3:// address"
            : "put a copy into a storage account of the site and write its address",
        ],
      };
    }
  },
};

/** Storage of the clouds has web addresses, too. */
function isFromTheWeb(address: string): boolean {
  return /^https?:/i.test(address) && !/^s3[.-]|\.s3[.-]|\.blob\.core\./i.test(hostOf(address));
}

function hostOf(address: string): string {
  return /^https?:\/\/([^/:?#]*)/i.exec(address)?.[1] ?? "";
}

const bareMetal: Rule = {
  id: "slow-starts/bare-metal",
  pitfall: 9,
  title: "bare metal that comes and goes",
  looksFor: "dynamic nodes on bare-metal machine types",
  mends: "edit",
  providers: ["aws"],
  *find(file: AdviceFile): Generator<Remark> {
    for (const view of file.resources) {
      const types = view.types.filter(({ ec2 }) => ec2?.bareMetal === true);
      const [first] = types;
      if (first === undefined || view.dynamic === 0) continue;
      const virtual = virtualOf(file, first.name);
      yield {
        subject: `compute resource ${view.name}`,
        level: "medium",
        evidence: types.map(({ path }) => path),
        why: `a bare-metal machine takes several times as long to start as a virtual one, ten minutes or more, and so long each job waits that finds none up`,
        cost: { basis: startOf(view) },
        ...(virtual === undefined || view.resource.InstanceType === undefined
          ? { alternatives: ["use a virtual machine type of the same family"] }
          : {
              fix: {
                edits: [set(first.path, virtual)],
                safe: false,
                does: `write ${virtual}, which has the same processors and memory; programs that need the hardware's own virtualisation or counters don't run there`,
              },
            }),
      };
    }
  },
};

function startOf({ dearest }: ResourceView): string {
  return dearest === undefined
    ? "the minutes of each start, which are paid for"
    : `the minutes of each start, which are paid for: ${usd(dearest.usdPerHour / 6)} for ten of one machine`;
}

/** The type of the same family that has all its processors, and is none. */
function virtualOf(file: AdviceFile, metal: string): string | undefined {
  const { facts } = file.type(metal);
  const family = metal.replace(/\..*$/, "");
  if (facts === undefined) return undefined;
  const size = facts.vcpus / 4;
  const { ec2 } = file.type(`${family}.${size}xlarge`);
  return ec2?.vcpus === facts.vcpus ? ec2.name : undefined;
}

export const SLOW_START_RULES: readonly Rule[] = [installsAtBoot, scriptsFromTheWeb, bareMetal];
