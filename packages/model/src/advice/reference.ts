import type { Rule } from "./contract.ts";
import { PITFALLS } from "./pitfalls.ts";
import { RULES } from "./rules/index.ts";

/** `docs/advice.md`: the ten pitfalls, and what is looked for. */
export function renderAdvicePage(): string {
  const rules = Map.groupBy(RULES, ({ pitfall }) => pitfall);
  return [
    INTRODUCTION,
    ...[...rules].flatMap(([pitfall, own]) => [
      `## ${pitfall}. ${PITFALLS[pitfall]}`,
      "",
      ABOUT[pitfall],
      "",
      "| advice | speaks of | where | mended by |",
      "| --- | --- | --- | --- |",
      ...own.map(ruleRow),
      "",
    ]),
  ].join("\n");
}

const INTRODUCTION = `# Advice

\`sluice validate\` says what is wrong in a [cluster file](cluster-file.md). \`sluice advise\` says what is unwise in one that is right: it looks for the ten pitfalls of Slurm in the cloud, and each thing that it says comes with the lines of the file that it rests on, what goes wrong, what it costs, and the edit that mends it. It needs no account, no network and no cluster.

\`\`\`sh
sluice advise -c cluster.yaml
sluice advise -c cluster.yaml --level high
sluice advise -c cluster.yaml --fix
sluice advise -c cluster.yaml --fix --running --accept network/no-efa
\`\`\`

**Levels.** \`high\`: jobs are slow, lost or far too dear, or the cluster stands open. \`medium\`: it will hurt one day. \`low\`: worth a thought.

**Edits.** \`--fix\` applies those that are safe: jobs get what they got before, it costs no more than a few per cent, nobody is locked out, and the checks accept what comes of it. Comments and layout stay. All other edits are a person's decision: \`--accept\` names the advice whose edits are applied as well. What a cluster that runs could not take over says that it takes a new cluster; \`--running\` leaves it. To apply twice is to apply once.

**Money** is for a month of 730 hours, on demand, by the built-in price lists, and "at most": with every node up all the time, where the file does not say otherwise. Prices of a region that the lists do not have are those of the nearest that they know, and say "about". Amounts are what the clouds ask before discounts and taxes.

**Inference.** A cluster file does not say what jobs do. That jobs run over several nodes is taken from a placement group, EFA, \`MinNodes\` of the partition, names (\`mpi\`, \`cfd\`, \`openfoam\`, \`wrf\`, \`lammps\` and the like) or machine types that are made for such jobs (\`hpc7a\`, \`c5n.18xlarge\`, \`Standard_HB120rs_v3\`); that people wait for a queue from its name (\`interactive\`, \`dev\`, \`debug\`, \`viz\`, \`desktop\`, \`jupyter\` and the like). The advice says what was concluded and from what.

**Silence.** \`--suppress network/no-efa\` leaves out one kind of advice and \`--suppress network\` all of a pitfall; nothing is remembered. Saying in the file that something is meant (\`Efa: {Enabled: false}\`, \`PlacementGroup: {Enabled: false}\`, \`DisableSimultaneousMultithreading: false\`) silences it for good.
`;

const ABOUT: Readonly<Record<Rule["pitfall"], string>> = {
  1: "Jobs over several nodes are as fast as the slowest message between them.",
  2: "Many nodes read and write at once, and whatever serves them has a limit that a small cluster never met.",
  3: "Machines that are kept cost money while nobody computes; machines that go too soon cost people's time.",
  4: "The cheapest machine by the hour is seldom the cheapest by the job.",
  5: "Nothing in a cloud stops by itself, and the invoice comes a month later.",
  6: "A spot machine is taken back with two minutes of notice on AWS, half a minute on Azure.",
  7: "One machine has the controller, the accounts and the homes. What survives what is in [operations](operations.md#what-survives-what).",
  8: "A cluster runs what its users write, with the rights of its machines.",
  9: "A job waits for the slowest thing that a machine does between being asked for and being ready.",
  10: "A machine room is bought once; a cloud is asked again for each job.",
};

function ruleRow({ id, looksFor, mends, providers }: Rule): string {
  const how = { safe: "`--fix`", edit: `\`--fix --accept ${id}\``, none: "a person" }[mends];
  return `| \`${id}\` | ${looksFor} | ${providers.map((one) => `\`${one}\``).join(", ")} | ${how} |`;
}
