import type { ExecRequest, ExecResult, HeadView, Machine } from "@sluice/cloud";
import { slurmOfOs } from "@sluice/model";
import type { FakeCloud } from "./fake-cloud.ts";

export interface FakeNode {
  readonly node: string;
  readonly queue: string;
  version: string;
  /** Looks at it until its job ends; none: it is free. */
  looksLeft: number;
  isLeaving?: boolean;
}

/**
 * Head machines of one cluster of a fake cloud, one or two, that can be made anew; what they lead by,
 * back up and say of nodes. A head that leads is never taken while the other one could lead: that
 * is noted in `interruptions`.
 */
export class FakeHeads {
  readonly #name: string;
  readonly log: string[];
  readonly interruptions: string[] = [];
  heads: readonly HeadView[];
  nodes: FakeNode[] = [];
  /** How often `resign` is refused, as nobody was heard of that stands by. */
  unheard = 0;
  /** The making of a head that fails, by its number from 1. */
  failsAt: number | undefined;
  #made = 0;

  /** @param log of several clusters in one. */
  constructor(cloud: FakeCloud, name: string, nodes: readonly string[], log: string[] = []) {
    this.#name = name;
    this.log = log;
    this.heads = nodes.map((node, index) => this.#head(node, "debian13", index === 0));
    const { infrastructure, shell } = cloud;
    const describe = infrastructure.describe.bind(infrastructure);
    infrastructure.describe = async (one) => {
      const record = await describe(one);
      return record === undefined || one !== name ? record : { ...record, heads: this.heads };
    };
    const update = infrastructure.update.bind(infrastructure);
    infrastructure.update = async (request, options) => {
      if (request.name === name) this.log.push(`file ${request.config.Image.Os}`);
      return update(request, options);
    };
    const replace = infrastructure.replaceHead?.bind(infrastructure);
    infrastructure.replaceHead = async (request, options) => {
      const { machine, config, isReversible } = request;
      if (request.name !== name) return replace?.(request, options);
      this.#replace(machine, config.Image.Os, isReversible);
    };
    const exec = shell.exec.bind(shell);
    shell.exec = async (one, request, options) =>
      (one === name ? this.#exec(request) : undefined) ?? exec(one, request, options);
  }

  #replace(id: string, os: string, isReversible: boolean): void {
    const former = this.heads.find(({ machine }) => machine.id === id);
    if (former === undefined) throw new Error(`no head ${id}`);
    if (this.heads.length > 1 && former.role === "leading") {
      this.interruptions.push(former.machine.node);
    }
    this.log.push(`${former.machine.node} ${os}${isReversible ? "" : " for good"}`);
    if (this.failsAt === ++this.#made) throw new Error("it does not boot");
    const made = this.#head(former.machine.node, os, this.heads.length === 1);
    this.heads = this.heads.map((head) => (head === former ? made : head));
  }

  #head(node: string, os: string, leads: boolean): HeadView {
    const machine: Machine = {
      id: `${this.#name}-${node}-${os}-${this.#made}`,
      token: node,
      role: "head",
      node,
      pool: undefined,
      offering: { instanceType: "local.head", zone: "a", market: "on-demand" },
      state: "running",
      address: undefined,
      launchedAt: new Date(0),
      tags: {},
    };
    return { machine, zone: "a", role: leads ? "leading" : "standing-by", os };
  }

  #exec({ argv }: ExecRequest): ExecResult | undefined {
    const [program, verb, ...words] = argv;
    if (verb === "ctl" && words[0] === "resign") return this.#resign();
    if (verb === "backup") return this.#backup();
    if (program === "sinfo") return said(this.#sinfo());
    if (program === "scontrol") return this.#powerDown(words[0] ?? "", words[1] ?? "");
    return undefined;
  }

  #resign(): ExecResult {
    if (this.unheard-- > 0) {
      const error = { code: "HEAD_NO_STANDBY", source: "user", message: "no other head stands by" };
      return { ...said(JSON.stringify({ error })), exitCode: 1 };
    }
    this.log.push("fail over");
    this.heads = this.heads.map((head) => ({
      ...head,
      role: head.role === "leading" ? "standing-by" : "leading",
    }));
    return said(JSON.stringify({ resigned: true, to: "the other" }));
  }

  #backup(): ExecResult {
    this.log.push("backup");
    const backup = {
      file: "one.tar.zst.age",
      bytes: 1,
      ...{ format: 1, createdAt: new Date(0).toISOString(), clusterName: this.#name },
      ...{ sluiceVersion: "1", slurmVersion: "24.11", os: "debian13", accounting: "own" },
    };
    return said(JSON.stringify({ folder: "/backups", backup, removed: [] }));
  }

  /** A node whose time has come has a machine of the release in force from the next look on. */
  #sinfo(): string {
    const lines = this.nodes.map(({ node, queue, version, isLeaving }) => {
      const state = isLeaving === true ? "mixed!" : "mixed";
      return `${node}|${queue}|${version}|${state}|none`;
    });
    for (const one of this.nodes) {
      if (one.isLeaving !== true || one.looksLeft-- > 0) continue;
      one.isLeaving = false;
      one.version = slurmOfOs(this.#leader()?.os ?? "") ?? one.version;
    }
    return `${lines.join("\n")}\n`;
  }

  #powerDown(nodes: string, state: string): ExecResult {
    const names = nodes.replace("NodeName=", "").split(",");
    if (state !== "State=POWER_DOWN_ASAP") throw new Error(`scontrol update ${state}`);
    for (const one of this.nodes) if (names.includes(one.node)) one.isLeaving = true;
    this.log.push(`off ${names.join(",")}`);
    return said("");
  }

  #leader(): HeadView | undefined {
    return this.heads.find(({ role }) => role === "leading");
  }
}

function said(stdout: string): ExecResult {
  return { exitCode: 0, stdout, stderr: "" };
}
