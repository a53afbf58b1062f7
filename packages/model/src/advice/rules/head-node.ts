import type { Path } from "../../cluster-file/problem.ts";
import type { Remark, Rule } from "../contract.ts";
import { set } from "../edits.ts";
import type { AdviceFile } from "../file.ts";
import { grouped, HOURS_PER_MONTH, usd } from "../money.ts";
import prices from "../service-prices.json" with { type: "json" };
import { candidateWords, typeNames } from "../words.ts";

/** A cluster of fewer is somebody's own, and made anew in minutes. */
const SOME_NODES = 16;
const MANY_NODES = 100;

function largest({ resources }: AdviceFile): Path {
  const [most] = resources.toSorted((a, b) => b.resource.MaxCount - a.resource.MaxCount);
  return most === undefined ? ["Scheduling", "SlurmQueues"] : [...most.path, "MaxCount"];
}

const localAccounting: Rule = {
  id: "head/local-accounting",
  pitfall: 7,
  title: "accounting on the head node's disk",
  looksFor: `neither \`Database\` nor \`ExternalSlurmdbd\`, and ${SOME_NODES} nodes or more`,
  mends: "none",
  providers: ["aws", "azure"],
  *find(file) {
    const { Database, ExternalSlurmdbd } = file.config.Scheduling.SlurmSettings;
    if (Database !== undefined || ExternalSlurmdbd !== undefined) return;
    if (file.nodes < SOME_NODES) return;
    yield {
      subject: "the cluster",
      level: file.nodes >= MANY_NODES ? "medium" : "low",
      evidence: [["Scheduling", "SlurmSettings", "Database"], largest(file)],
      why: "the record of who ran what, fair share and limits have no database but one on the head node, and go with its disk and with the cluster",
      cost: { basis: "the history of all jobs, and shares that begin anew with each cluster" },
      alternatives: [
        ...(file.config.Provider === "aws"
          ? ["write Database with Managed: {}, and an Aurora database is made with the cluster"]
          : []),
        "write Database with the address of a MySQL-compatible server that has backups; the smallest that the clouds rent is enough for thousands of nodes",
        "write ExternalSlurmdbd if there is one for several clusters already",
      ],
    };
  },
};

const foldersOnItsDisk: Rule = {
  id: "head/folders-on-its-disk",
  pitfall: 7,
  title: "homes and Slurm's folders on one disk of one machine",
  looksFor: `\`HeadNode.SharedStorageType: Ebs\`, the default, no storage at /home, and ${SOME_NODES} nodes or more`,
  mends: "edit",
  providers: ["aws"],
  *find(file) {
    const { HeadNode, SharedStorage } = file.config;
    if (HeadNode.SharedStorageType !== "Ebs" || file.nodes < SOME_NODES) return;
    if (SharedStorage.some(({ MountDir }) => MountDir === "/home")) return;
    const place: Path = ["HeadNode", "SharedStorageType"];
    yield {
      subject: "the head node",
      level: file.nodes >= MANY_NODES ? "medium" : "low",
      evidence: [place, largest(file)],
      why: `/home and what ${grouped(file.nodes)} nodes need to run Slurm are on one disk that ${file.head.name} exports: while that machine is away no job can read its own files, and the disk goes with the cluster`,
      cost: {
        basis: `every job that runs when the head node fails, and the homes; ${usd(prices.efsMonth * 100)} a month for 100 GB of Efs`,
      },
      fix: {
        edits: [set(place, "Efs")],
        safe: false,
        does: "write SharedStorageType: Efs; small files are slower there than on a disk",
      },
      alternatives: ["mount an existing file system at /home by SharedStorage"],
    };
  },
};

const oneController: Rule = {
  id: "head/one-controller",
  pitfall: 7,
  title: "no second controller",
  looksFor: `${MANY_NODES} nodes or more, without \`HeadNode.Standby\`, and without a \`Database\` or (on AWS) \`SharedStorageType: Efs\` from which another head node could go on`,
  mends: "none",
  providers: ["aws", "azure"],
  *find(file) {
    if (file.nodes < MANY_NODES) return;
    const { HeadNode, Provider, Scheduling } = file.config;
    const { Database, ExternalSlurmdbd } = Scheduling.SlurmSettings;
    const keepsFolders = Provider !== "aws" || HeadNode.SharedStorageType === "Efs";
    const keepsAccounts = Database !== undefined || ExternalSlurmdbd !== undefined;
    // Another head node goes on with what is there then, if only some minutes later.
    if (HeadNode.Standby !== undefined || (keepsFolders && keepsAccounts)) return;
    yield {
      subject: "the head node",
      level: "low",
      evidence: [file.head.path, largest(file)],
      why: `nothing starts on ${grouped(file.nodes)} nodes while the one head node is away; jobs that run go on`,
      cost: { basis: "the time of everybody who waits while it is repaired" },
      alternatives: [
        Provider === "aws"
          ? "write HeadNode.Standby for a second head in another zone, which takes over by itself"
          : "there is no second controller on azure yet; see to it that a new head node finds everything",
        ...(keepsFolders
          ? []
          : ["write HeadNode.SharedStorageType: Efs, so that the folders outlive the machine"]),
        ...(keepsAccounts ? [] : ["write Database, so that accounting outlives the machine"]),
      ],
    };
  },
};

const HEAD_HAS_WORK = 32;

const burstableHead: Rule = {
  id: "head/burstable",
  pitfall: 7,
  title: "a head node that is throttled under load",
  looksFor: `a burstable machine type of the head node, and ${HEAD_HAS_WORK} nodes or more`,
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    const { head } = file;
    if (head.facts?.burstable !== true || file.nodes < HEAD_HAS_WORK) return;
    const [best, ...others] = file.like(head.name, { spot: false });
    const more =
      best?.price === undefined || head.price === undefined
        ? undefined
        : (best.price.usdPerHour - head.price.usdPerHour) * HOURS_PER_MONTH;
    yield {
      subject: "the head node",
      level: "medium",
      evidence: [head.path, largest(file)],
      why: `${head.name} is throttled when it has had work for a while, and ${grouped(file.nodes)} nodes that ask slurmctld and its file server at once are such work: jobs start late and nodes are taken for dead`,
      cost: {
        ...(more === undefined ? {} : { addsUsdPerMonth: Math.max(0, more) }),
        basis: `everybody's time${more === undefined ? "" : `; ${best?.type.name} costs ${usd(Math.max(0, more))} more a month`}`,
      },
      ...(best === undefined
        ? {}
        : {
            fix: {
              edits: [set(head.path, best.type.name)],
              safe: false,
              does: `write ${candidateWords(best)}`,
            },
          }),
      alternatives: others.slice(0, 2).map((candidate) => `use ${candidateWords(candidate)}`),
    };
  },
};

const unwatched: Rule = {
  id: "head/unwatched",
  pitfall: 7,
  title: "nobody hears of it when the head node fails",
  looksFor: "`Monitoring.Alarms.Enabled: false`, or `Monitoring.Logs.CloudWatch.Enabled: false`",
  mends: "safe",
  providers: ["aws"],
  *find({ config: { Monitoring } }): Generator<Remark> {
    const off = [
      { isOn: Monitoring.Alarms.Enabled, path: ["Monitoring", "Alarms", "Enabled"] },
      {
        isOn: Monitoring.Logs.CloudWatch.Enabled,
        path: ["Monitoring", "Logs", "CloudWatch", "Enabled"],
      },
    ].filter(({ isOn }) => !isOn);
    if (off.length === 0) return;
    const paths = off.map(({ path }) => path);
    yield {
      subject: "the head node",
      level: "low",
      evidence: paths,
      why: `there is no ${typeNames(paths.map((path) => ({ name: path.includes("Alarms") ? "alarm" : "log outside the machine" })))}: that the head node fails is heard of from users, and why is lost with it`,
      cost: {
        basis:
          "the time until somebody notices; a few alarms and some GB of logs are about a dollar a month",
      },
      fix: {
        edits: paths.map((path) => set(path, true)),
        safe: true,
        does: "write Enabled: true",
      },
    };
  },
};

export const HEAD_NODE_RULES: readonly Rule[] = [
  localAccounting,
  foldersOnItsDisk,
  oneController,
  burstableHead,
  unwatched,
];
