/** One data folder of the site's database. */
export interface Copy {
  /** Same for all copies that come of one first start. */
  readonly lineage: string;
  /** Of this folder alone: a new disk under an old name has another. */
  readonly id: string;
}

/** What the lease's register says of the database: durable, and true whoever dies. */
export interface Standing {
  readonly lineage: string;
  /** The copy that was written to last: all that was ever acknowledged is there. */
  readonly primary: { readonly name: string; readonly copy: string };
  /**
   * Lives of replicas, as `NAME.LIFE`: what is acknowledged while one stands here was acknowledged by
   * it first. A replica that was started anew has another life, as MariaDB then forgets what it had
   * received and not yet applied.
   */
  readonly inStep: readonly string[];
  /** How far the primary was when this was written. */
  readonly position: string;
}

/** Undefined: the database was never started. Throws for what no keeper wrote. */
export function parseStanding(data: unknown): Standing | undefined {
  if (data === undefined || data === null) return undefined;
  const { lineage, primary, inStep, position } = data as Partial<Standing>;
  const isWhole =
    typeof lineage === "string" &&
    typeof primary?.name === "string" &&
    typeof primary.copy === "string" &&
    Array.isArray(inStep) &&
    inStep.every((life) => typeof life === "string") &&
    typeof position === "string";
  if (!isWhole) throw new Error("the lease of the database holds what no keeper wrote");
  return { lineage, primary, inStep, position };
}

/** Why a machine may or may not lead. */
export type Claim =
  /** Nobody ever did. */
  | "first"
  /** It was the last to be written to. */
  | "was-primary"
  | "in-step"
  /** It has a copy that may lack what was acknowledged: only by an operator's word. */
  | "behind"
  /** Nothing of this database is here. */
  | "empty";

/**
 * @param copy of the data folder here, if there is one.
 * @param life of the replica that runs here, if one does.
 */
export function claimOf(
  standing: Standing | undefined,
  copy: Copy | undefined,
  life: string | undefined,
): Claim {
  if (standing === undefined) return "first";
  if (copy === undefined || copy.lineage !== standing.lineage) return "empty";
  if (standing.primary.copy === copy.id) return "was-primary";
  if (life !== undefined && standing.inStep.includes(life)) return "in-step";
  return "behind";
}
