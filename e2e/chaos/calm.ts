import { readdirSync } from "node:fs";
import { groupsOf, links, processesWith } from "../leftovers.ts";
import type { View } from "./view.ts";

const SERVICES = [
  ...["munge", "mariadb", "slurmdbd", "slurmctld", "slurmrestd", "sluice-head", "sluice-gateway"],
];

/** Everything that is not yet as it is in a cluster at rest; empty when it is. */
export async function unrest(view: View): Promise<readonly string[]> {
  const [slurm, host] = [await slurmUnrest(view), hostUnrest(view)];
  return [...slurm, ...host];
}

async function slurmUnrest(view: View): Promise<readonly string[]> {
  const script = `
    for service in ${SERVICES.join(" ")}; do
      state=$(systemctl is-active $service); [ "$state" = active ] || echo "$service is $state"
    done
    jobs=$(squeue -a -h -o '%i %j %T %r') || echo "squeue does not answer"
    [ -z "$jobs" ] || echo "$jobs" | head -5 | sed 's/^/job /'
    nodes=$(sinfo -a -h -N -o '%N %t %E') || echo "sinfo does not answer"
    echo "$nodes" | sort -u | awk '$2 != "idle~" { print "node", $0 }'
    sacctmgr -n show cluster > /dev/null || echo "accounting does not answer"`;
  const { code, stdout, stderr } = await view.head$("root", script, 60);
  if (code !== 0) return [`the head does not answer: exit ${code} ${stderr.trim()}`];
  return stdout.split("\n").filter((line) => line.trim() !== "");
}

function hostUnrest(view: View): readonly string[] {
  const { trace } = view.cluster;
  const machines = view.machines();
  const head = machines.find(({ role }) => role === "head");
  const compute = machines.filter(({ role }) => role === "compute");
  const plugged = [...links()].filter(([, master]) => master === trace.bridge);
  const expected = head === undefined ? 0 : 1;
  const processes = processesWith(`${trace.folder}/machines/`).filter(
    ({ command }) => head === undefined || !command.includes(head.id),
  );
  return [
    ...(head === undefined ? ["the head is gone"] : []),
    ...compute.map(({ id, node, state }) => `machine ${id} of ${node} is ${state}`),
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...(plugged.length > expected ? [`${plugged.length - expected} links of machines`] : []),
    ...new Set(groupsOf(trace.id).flatMap((folder) => foreignGroups(folder, head?.id ?? ""))),
    ...(["intents", "notices", "returned_jobs"] as const).flatMap((table) =>
      view.stored(table).map((row) => `${table}: ${JSON.stringify(row)}`),
    ),
  ];
}

function foreignGroups(folder: string, head: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== head)
    .map(({ name }) => `control group ${name}`);
}
