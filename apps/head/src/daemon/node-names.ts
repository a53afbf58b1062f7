import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { NAMES_SECTION } from "@sluice/boot";
import type { Machine, Machines } from "@sluice/cloud";
import { nodeGroups } from "@sluice/model";
import type { HeadContext } from "../context.ts";
import { install } from "../setup/files.ts";

const { begin: BEGIN, end: END } = NAMES_SECTION;

/** What other machines of the cluster get of the names, as a section of their hosts file. */
export interface NamesAnswer {
  readonly text: string;
  readonly gzip: Buffer;
  /** SHA-256 of the text, which whoever has the text knows. */
  readonly etag: string;
}

/**
 * The names of nodes on the head, where the cloud has no name service for them. One with a machine
 * has the machine's address; one without has an address of the head's own loopback, each its own,
 * where nobody listens: slurmctld also speaks to nodes that are off, and waits ten seconds for a name
 * that nobody knows.
 */
export class NodeNames {
  readonly #path: string;
  readonly #kept: string;
  readonly #nodes: readonly string[];
  #addresses: ReadonlyMap<string, string> = new Map();
  #answer: NamesAnswer | undefined;

  /**
   * @param paths.hosts the hosts file; what others wrote there stays.
   * @param paths.kept a copy of what we wrote there, which outlives the machine: slurmctld of the
   * next head speaks to nodes before anybody has looked for machines.
   */
  constructor(paths: { readonly hosts: string; readonly kept: string }, nodes: readonly string[]) {
    this.#path = paths.hosts;
    this.#kept = paths.kept;
    this.#nodes = nodes;
  }

  /** Until somebody has looked for machines: what was known of them last is as good. */
  begin(): void {
    const lines = existsSync(this.#kept) ? readFileSync(this.#kept, "utf8").split("\n") : [];
    const known = lines.flatMap((line) => {
      const [address = "", node] = line.split(" ");
      return node === undefined || address.startsWith("127.") ? [] : [[node, address] as const];
    });
    this.#addresses = new Map(known);
    this.#write();
  }

  /** These machines are there, and no others. */
  update(machines: readonly Machine[]): void {
    const addresses = machines.flatMap(({ node, address, state }) =>
      address !== undefined && (state === "pending" || state === "running")
        ? [[node, address] as const]
        : [],
    );
    this.#addresses = new Map(addresses);
    this.#write();
  }

  /** That machine is there, whether or not a list has it yet. */
  joined({ node, address }: Machine): void {
    if (address === undefined || this.#addresses.get(node) === address) return;
    this.#addresses = new Map([...this.#addresses, [node, address]]);
    this.#write();
  }

  /** Nodes with a machine alone: to nobody but slurmctld do the others matter. */
  answer(): NamesAnswer {
    this.#answer ??= answerOf(
      this.#nodes.flatMap((node) => {
        const address = this.#addresses.get(node);
        return address === undefined ? [] : [`${address} ${node}`];
      }),
    );
    return this.#answer;
  }

  #write(): void {
    this.#answer = undefined;
    const now = readFileSync(this.#path, "utf8");
    const from = now.indexOf(BEGIN);
    const to = now.indexOf(END);
    const others =
      from < 0 || to < from ? now : now.slice(0, from) + now.slice(to + END.length + 1);
    const lines = this.#nodes.map(
      (node, index) => `${this.#addresses.get(node) ?? loopback(index)} ${node}`,
    );
    const gap = others === "" || others.endsWith("\n") ? "" : "\n";
    const text = `${others}${gap}${[BEGIN, ...lines, END].join("\n")}\n`;
    if (text === now) return;
    install({ path: this.#kept, content: `${lines.join("\n")}\n`, mode: 0o644 });
    install({ path: this.#path, content: text, mode: 0o644 });
  }
}

function answerOf(lines: readonly string[]): NamesAnswer {
  const text = `${[BEGIN, ...lines, END].join("\n")}\n`;
  const etag = createHash("sha256").update(text).digest("hex");
  return { text, gzip: gzipSync(text), etag };
}

/** The index-th loopback address from 127.64.0.0 on. */
function loopback(index: number): string {
  return `127.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

/** The same machines; whoever lists them brings the names up to date. */
export function namedMachines(machines: Machines, names: NodeNames): Machines {
  return {
    launch: (requests, options) => machines.launch(requests, options),
    terminate: (ids, options) => machines.terminate(ids, options),
    async list(options) {
      const listed = await machines.list(options);
      names.update(listed);
      return listed;
    },
    interruptions: (signal) => machines.interruptions(signal),
    changes: (signal) => machines.changes(signal),
  };
}

/** Undefined where the cloud gives the head its hosts file. */
export function nodeNamesOf(
  { config, cloud }: Pick<HeadContext, "config" | "cloud">,
  paths: { readonly hosts: string; readonly nodeNames: string },
): NodeNames | undefined {
  if (cloud.guest.files === undefined) return undefined;
  return new NodeNames(
    { hosts: paths.hosts, kept: paths.nodeNames },
    nodeGroups(config).flatMap((group) => group.names()),
  );
}
