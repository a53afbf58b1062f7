import { type FindingLevel, type Strictness, suppressedChecks } from "@sluice/model";
import { type Command, Option } from "commander";
import type { Context } from "./context.ts";
import { usage } from "./usage.ts";

/** Ends with the code that it returns; nothing means 0. */
type Work<Options> = (
  context: Context,
  options: Options,
  args: readonly string[],
) => Promise<number | undefined>;

/** What a command needs to be defined. */
export interface Cli {
  /** An action for commander: makes the context, does the work, keeps its exit code. */
  action<Options extends object>(work: Work<Options>): (...args: unknown[]) => Promise<void>;
}

/** Adds one verb to the program. */
export type DefineCommand = (program: Command, cli: Cli) => void;

/**
 * An option that a verb can't do without. It is asked for after everything else was understood: the
 * parser's own kind would hide a misspelt option behind the one that is then missing.
 */
export class RequiredOption extends Option {}

export function clusterName(): Option {
  return new RequiredOption("-n, --cluster-name <name>", "name of the cluster");
}

/** For a verb that takes a cluster or a site: see `oneTarget`. */
export function clusterOrSite(command: Command): Command {
  return command
    .addOption(new Option("-n, --cluster-name <name>", "name of the cluster"))
    .addOption(new Option("--site-name <name>", "name of a site, instead of a cluster's"));
}

export interface TargetOptions {
  readonly clusterName?: string;
  readonly siteName?: string;
}

export type Target = { readonly cluster: string } | { readonly site: string };

/** Errors: `USAGE` unless one of both is there. */
export function oneTarget(verb: string, { clusterName, siteName }: TargetOptions): Target {
  if (clusterName !== undefined && siteName === undefined) return { cluster: clusterName };
  if (siteName !== undefined && clusterName === undefined) return { site: siteName };
  const hint = `see: sluice ${verb} --help`;
  if (siteName !== undefined) throw usage(`${verb} takes a cluster or a site, not both`, hint);
  throw usage(`${verb} needs -n, --cluster-name <name>`, hint);
}

export function clusterFile(): Option {
  return new RequiredOption("-c, --cluster-configuration <file>", "the cluster file");
}

export function imageId(): Option {
  return new RequiredOption("-i, --image-id <id>", "id of the image");
}

export interface ImageOption {
  readonly imageId: string;
}

/** What stands behind an option that may stand alone, which ParallelCluster gives a word. */
export type Switch = true | string;

/** Errors: `USAGE` for another word than true and false. */
export function switchOption(option: string, value: Switch | undefined): boolean {
  if (value === undefined || value === "false") return false;
  if (value === true || value === "true") return true;
  throw usage(`${option} ${value} is neither true nor false`, `write ${option} alone`);
}

/** Errors: `USAGE` for anything but a whole number from 1. */
export function numberOption(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw usage(`${option} ${text} is not a number of lines`, `write ${option} 100`);
}

export interface StrictnessOptions {
  readonly suppressValidators?: readonly string[];
  readonly validationFailureLevel?: FindingLevel;
}

/** How strictly a cluster file is judged. */
export function addStrictness(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--suppress-validators <checks...>",
        "findings to leave out: ALL, or type:NAME of a check",
      ),
    )
    .addOption(
      new Option(
        "--validation-failure-level <level>",
        "the least level of a finding that refuses the file",
      ).choices(["INFO", "WARNING", "ERROR"]),
    );
}

/** Errors: `USAGE` for a check that is unknown or can't be left out. */
export function strictnessOf(options: StrictnessOptions): Strictness {
  const { suppressValidators, validationFailureLevel } = options;
  return {
    ...(suppressValidators === undefined
      ? {}
      : { suppressed: suppressedChecks(suppressValidators) }),
    ...(validationFailureLevel === undefined ? {} : { failureLevel: validationFailureLevel }),
  };
}

/** Throws `USAGE` for the first required option that is not there. */
export function requireOptions(command: Command): void {
  for (const option of command.options) {
    if (!(option instanceof RequiredOption)) continue;
    if (command.getOptionValue(option.attributeName()) !== undefined) continue;
    throw usage(`${command.name()} needs ${option.flags}`, `see: sluice ${command.name()} --help`);
  }
}

export interface ClusterOption {
  readonly clusterName: string;
}

/** Verbs take them too, so that they may stand anywhere on the line, unless one has its own. */
export function addGlobalOptions(command: Command, { hidden }: { readonly hidden: boolean }): void {
  const options = [
    new Option("--output <format>", "text, or json (the default when piped)").choices([
      "text",
      "json",
    ]),
    new Option("--query <jmespath>", "what to take of the JSON"),
    new Option("--debug", "show where an unexpected error comes from"),
    new Option("--no-color", "no colours, as with NO_COLOR in the environment"),
    new Option("-r, --region <region>", "region of the cloud"),
    new Option("--provider <provider>", "the cloud to look in, as with SLUICE_PROVIDER"),
    new Option("--server <url>", "the Sluice server to ask, as with SLUICE_SERVER"),
  ];
  const own = new Set(command.options.map(({ long }) => long));
  for (const option of options) {
    if (!own.has(option.long)) command.addOption(option.hideHelp(hidden));
  }
}
