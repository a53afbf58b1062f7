import { access } from "node:fs/promises";
import {
  estimatedCost,
  findingsError,
  PROVIDERS_THAT_RUN,
  parseClusterFile,
  planText,
} from "@sluice/model";
import { Option } from "commander";
import type { DefineCommand } from "../command.ts";
import { conductInterview, interrupted } from "../configure/conduct.ts";
import type { Prompter } from "../configure/prompter.ts";
import { terminalPrompter } from "../configure/terminal-prompter.ts";
import { writeWholeFile } from "../configure/write-file.ts";
import type { Context } from "../context.ts";
import { usage } from "../usage.ts";

interface Options {
  readonly clusterConfiguration: string;
  readonly provider?: string;
  readonly region?: string;
  readonly set: readonly string[];
}

interface Configuration {
  readonly clusterConfiguration: string;
  readonly provider: string;
  /** In USD an hour; types whose price is not known are left out of it. */
  readonly cost: {
    readonly least: number;
    readonly most: number;
    readonly unknown: readonly string[];
  };
}

export const configureCommand: DefineCommand = (program, cli) => {
  program
    .command("configure")
    .description("ask what a cluster shall be like, and write its file")
    .addOption(
      new Option("-c, --cluster-configuration <file>", "the file to write").default("cluster.yaml"),
    )
    .addOption(
      new Option("--provider <provider>", "where the machines come from").choices([
        "aws",
        "azure",
        "local",
      ]),
    )
    .option("-r, --region <region>", "region of the cloud")
    .option(
      "--set <answer>",
      "id=answer: an answer that is then not asked for; repeatable",
      gather,
      [],
    )
    .action(
      cli.action<Options>(async (context, options) => {
        const path = options.clusterConfiguration;
        const prompter = prompterOf(context);
        const presets = presetsOf(options);
        if (prompter === undefined && presets.size === 0) throw noTerminal();
        if (prompter !== undefined) {
          context.host.writeErr("Escape goes back; Ctrl-C ends it, and nothing is written.\n");
        }
        const plan = await conductInterview({
          options: { userName: context.host.userName() },
          presets,
          prompter,
          openAccount: (provider, region) => context.openAccount(provider, region),
          signal: context.signal,
          note: (text) => context.host.writeErr(`${text}\n`),
        });
        const text = planText(plan);
        const parsed = parseClusterFile(text, { fileName: path });
        if (!parsed.ok) throw findingsError(parsed.findings);
        const result: Configuration = {
          clusterConfiguration: path,
          provider: plan.provider,
          cost: estimatedCost(parsed.config),
        };
        const replace = prompter !== undefined && (await mayReplace(prompter, path));
        await writeWholeFile(path, text, { replace });
        await context.output.emit(result, (written, paint) =>
          [`${paint.good("written")} ${path}`, ...costLines(written), nextStep(written)].join("\n"),
        );
        return 0;
      }),
    );
};

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Errors: `USAGE` for what is not `id=answer`. */
function presetsOf({ provider, region, set }: Options): ReadonlyMap<string, string> {
  const presets = new Map<string, string>();
  if (provider !== undefined) presets.set("provider", provider);
  if (region !== undefined) presets.set("region", region);
  for (const text of set) {
    const at = text.indexOf("=");
    if (at < 1) throw usage(`--set ${text} is no answer`, "write it as --set users=ada,ben");
    presets.set(text.slice(0, at).trim(), text.slice(at + 1));
  }
  return presets;
}

function prompterOf({ host, signal }: Context): Prompter | undefined {
  if (!host.stdinIsTerminal || !host.stderrIsTerminal) return undefined;
  return terminalPrompter({ input: process.stdin, output: process.stderr, signal });
}

function noTerminal() {
  return usage(
    "configure asks questions, and there is no terminal to ask them on",
    "answer them with --set, such as --provider local --set users=ada --set max-nodes=8",
  );
}

/** Errors: `INTERRUPTED` when what is there shall stay. */
async function mayReplace(prompter: Prompter, path: string): Promise<boolean> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  const said = await prompter.ask({
    kind: "confirm",
    id: "replace",
    message: `there is a file ${path} already; replace it?`,
    fallback: "no",
    check: () => undefined,
  });
  if (said.is === "answer" && said.answer === "yes") return true;
  throw interrupted();
}

function costLines({ provider, cost }: Configuration): string[] {
  if (provider === "local") return [];
  const unknown =
    cost.unknown.length === 0 ? "" : `, and ${cost.unknown.join(", ")}, whose price is not known`;
  const least = `${usd(cost.least)} an hour for what is always on`;
  return [`  ${least}, ${usd(cost.most)} with every node up${unknown}; on demand, machines only`];
}

function usd(amount: number): string {
  return `${amount.toFixed(amount < 10 ? 2 : 0)} USD`;
}

function nextStep({ provider, clusterConfiguration: path }: Configuration): string {
  const sudo = provider === "local" ? "sudo " : "";
  const next = PROVIDERS_THAT_RUN.includes(provider)
    ? `${sudo}sluice create-cluster -n NAME -c ${path}`
    : `sluice validate -c ${path}`;
  return `  next: ${next}\n`;
}
