import type { Cloud } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { compressHostList, REASON_PREFIX } from "@sluice/slurm";

export type NodeAction = "drain" | "resume" | "power-up" | "power-down" | "power-down-now";

/** `POWER_DOWN_ASAP` waits for jobs, `POWER_DOWN_FORCE` requeues them. */
const STATES: Readonly<Record<NodeAction, string>> = {
  drain: "DRAIN",
  resume: "RESUME",
  "power-up": "POWER_UP",
  "power-down": "POWER_DOWN_ASAP",
  "power-down-now": "POWER_DOWN_FORCE",
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export interface UpdateNodes {
  readonly cloud: Cloud;
  readonly name: string;
  /** Names that the cluster has. */
  readonly nodes: readonly string[];
  readonly action: NodeAction;
  /** For people, with the name of who asked for it behind. */
  readonly reason: string | undefined;
  readonly by: string;
  readonly signal?: AbortSignal;
}

/**
 * Has slurmctld change nodes, for whom the server lets. Slurm knows no roles but its own, so the
 * head's root asks; who asked stands in the reason and in the audit log.
 *
 * Errors: `NODE_REASON_INVALID`, `SLURM_REFUSED`, and why the head can't be reached.
 */
export async function updateNodes(request: UpdateNodes): Promise<void> {
  const { cloud, name, nodes, action, by, signal } = request;
  const strange = nodes.find((node) => !NAME.test(node));
  if (strange !== undefined) throw nodeNotFound(name, strange);
  if (nodes.length === 0) return;
  const reason = reasonOf(request.reason, by);
  const argv = [
    "scontrol",
    "update",
    `nodename=${compressHostList(nodes)}`,
    `state=${STATES[action]}`,
    ...(reason === undefined ? [] : [`reason=${reason}`]),
  ];
  const options = signal === undefined ? {} : { signal };
  const result = await cloud.shell.exec(name, { argv, user: "root" }, options);
  if (result.exitCode === 0) return;
  const said = (result.stderr.trim() || result.stdout.trim()).split("\n").at(-1) ?? "";
  throw new SluiceError("SLURM_REFUSED", "user", `Slurm refuses to ${action} nodes: ${said}`, {
    hint: "see what state they are in",
  });
}

function reasonOf(reason: string | undefined, by: string): string | undefined {
  if (reason === undefined) return undefined;
  if (CONTROL.test(reason) || reason.toLowerCase().startsWith(REASON_PREFIX.trim())) {
    throw new SluiceError(
      "NODE_REASON_INVALID",
      "user",
      `${JSON.stringify(reason)} can't be the reason of a node`,
      { hint: `write one line that does not begin with ${REASON_PREFIX.trim()}` },
    );
  }
  return `${reason} (${by.replace(CONTROL, "")})`;
}

export function nodeNotFound(cluster: string, node: string): SluiceError {
  return new SluiceError("NODE_NOT_FOUND", "user", `cluster ${cluster} has no node ${node}`, {
    hint: "see which it has in its list of nodes",
  });
}
