import { parseClusterFile } from "../cluster-file/parse.ts";
import { type Path, showPath } from "../cluster-file/problem.ts";
import { clusterSchema } from "../cluster-file/schema/cluster.ts";
import { childOf, metaOf } from "../cluster-file/schema-tree.ts";
import { readYaml, type YamlSource } from "../cluster-file/yaml-source.ts";
import {
  ADVICE_LEVELS,
  type Advice,
  type AdviceLevel,
  type AdviceResult,
  type Remark,
  type Rule,
} from "./contract.ts";
import { evidenceAt } from "./evidence.ts";
import { adviceFile } from "./file.ts";
import { cents } from "./money.ts";
import { RULES } from "./rules/index.ts";

export interface AdviceOptions {
  /** As findings shall name the file. */
  readonly fileName: string;
  /** Ids of rules to leave out. */
  readonly suppressed?: ReadonlySet<string>;
  /** The least level that is worth a word; low when missing. */
  readonly level?: AdviceLevel;
}

/**
 * What an expert would say about a cluster file: rule by rule in the order of the pitfalls, each
 * with its evidence in the text. Nothing is known of what runs in the cluster. Never throws,
 * whatever the text is.
 */
export function adviseOn(text: string, options: AdviceOptions): AdviceResult {
  const parsed = parseClusterFile(text, { fileName: options.fileName, suppressed: ALL });
  if (!parsed.ok) return parsed;
  const source = readYaml(text);
  const file = adviceFile(parsed.config, source.value);
  const advice = RULES.filter(
    ({ id, providers }) =>
      providers.includes(parsed.config.Provider) && options.suppressed?.has(id) !== true,
  ).flatMap((rule) => [...rule.find(file)].map((remark) => adviceOf(rule, remark, source)));
  return { ok: true, advice: advice.filter(({ level }) => isWorth(level, options.level)) };
}

/** Advice is for files that are used, also for those whose owner has suppressed a check. */
const ALL: ReadonlySet<string> = new Set(["ALL"]);

function isWorth(level: AdviceLevel, least: AdviceLevel = "low"): boolean {
  return ADVICE_LEVELS.indexOf(level) <= ADVICE_LEVELS.indexOf(least);
}

function adviceOf(rule: Rule, remark: Remark, source: YamlSource): Advice {
  const { id, pitfall, title } = rule;
  const { subject, level, evidence, why, inferred, cost, fix, alternatives = [] } = remark;
  const { savesUsdPerMonth: saves, addsUsdPerMonth: adds } = cost;
  return {
    id,
    pitfall,
    title,
    level,
    subject,
    evidence: distinct(evidence).map((path) => evidenceAt(source, path)),
    why,
    ...(inferred === undefined ? {} : { inferred }),
    cost: {
      ...(saves === undefined ? {} : { savesUsdPerMonth: cents(saves) }),
      ...(adds === undefined ? {} : { addsUsdPerMonth: cents(adds) }),
      basis: cost.basis,
    },
    ...(fix === undefined
      ? {}
      : { fix: { ...fix, takesNewCluster: fix.edits.some(({ path }) => isFixed(path)) } }),
    alternatives,
  };
}

function distinct(paths: readonly Path[]): Path[] {
  return [...new Map(paths.map((path) => [showPath(path), path])).values()];
}

/** Whether a cluster that runs keeps what it has there, whatever the file says. */
function isFixed(path: Path): boolean {
  let schema: Parameters<typeof childOf>[0] | undefined = clusterSchema;
  for (const step of path) {
    if (schema === undefined) return false;
    schema = childOf(schema, step);
  }
  return schema !== undefined && metaOf(schema).update === "UNSUPPORTED";
}

/** What could be saved at most if all of it were followed, in USD a month. */
export function savableUsdPerMonth(advice: readonly Advice[]): number {
  return cents(advice.reduce((sum, { cost }) => sum + (cost.savesUsdPerMonth ?? 0), 0));
}
