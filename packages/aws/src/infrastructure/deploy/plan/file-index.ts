import { SluiceError } from "@sluice/model";
import type { FileIndex } from "../../../objects.ts";
import { formerReports } from "./former-reports.ts";
import type { InUse } from "./leaving.ts";

/** A claim on the next version, made before the stack is changed for it. */
export type Preparing = NonNullable<FileIndex["preparing"]>;

/** Longer than CloudFormation works on an update; whoever claimed it then is gone. */
const CLAIM_MINUTES = 60;

export function firstIndex(at: string): FileIndex {
  return { versions: [{ version: 1, givenAt: at, state: "in-force" }] };
}

export function versionInForce({ versions }: FileIndex): number {
  return versions.findLast(({ state }) => state === "in-force")?.version ?? 1;
}

export function versionWanted(index: FileIndex): number {
  return (
    index.versions.findLast(({ state }) => state === "wanted")?.version ?? versionInForce(index)
  );
}

/** Before the next version is claimed: whose things nodes may use, as far as the head has said. */
export function inUse({ versions, preparing }: FileIndex): InUse {
  const newest = versions.findLast(({ isUndeployed }) => isUndeployed !== true);
  // Nobody knows how far somebody came who did not say.
  if (preparing !== undefined || newest === undefined) return "both";
  if (newest.state === "in-force") return "newest";
  return newest.state === "failed" ? "former" : "both";
}

/**
 * The index with the next version claimed.
 *
 * @param isBack the file is the one in force, which calls off an update that is under way.
 * @throws SluiceError `CLUSTER_BUSY`, `UPDATE_VERSION_CONFLICT`
 */
export function claimed(
  index: FileIndex,
  request: {
    readonly name: string;
    readonly replaces: number;
    readonly isBack: boolean;
    readonly now: Date;
  },
): { readonly index: FileIndex; readonly preparing: Preparing } {
  const { name, replaces, isBack, now } = request;
  const inForce = versionInForce(index);
  const { preparing: former } = index;
  const age = former === undefined ? Infinity : now.getTime() - Date.parse(former.at);
  if (age < CLAIM_MINUTES * 60_000) throw busy(name, "another update is being prepared");
  if (versionWanted(index) !== inForce && !isBack) throw busy(name, "an update is under way");
  if (replaces !== inForce) {
    throw new SluiceError(
      "UPDATE_VERSION_CONFLICT",
      "user",
      `version ${inForce} of the file of ${name} is in force, and the update was planned for ${replaces}`,
      { hint: "look at what it does now with: sluice plan, and repeat it" },
    );
  }
  const last = Math.max(...index.versions.map(({ version }) => version), former?.version ?? 0);
  const preparing = { version: last + 1, at: now.toISOString() };
  return { index: { ...index, preparing }, preparing };
}

function busy(name: string, why: string): SluiceError {
  return new SluiceError("CLUSTER_BUSY", "user", `cluster ${name} is busy: ${why}`, {
    hint: `follow it with: sluice events -n ${name} --follow; call it off by an update with the file that is in force`,
  });
}

/** The index with the claimed version wanted: from here on the head has to see to it. */
export function given(index: FileIndex, { version, at }: Preparing): FileIndex {
  const { preparing: _, ...rest } = index;
  return {
    ...rest,
    versions: [
      ...index.versions.map((one) =>
        one.state === "wanted" ? { ...one, state: "replaced" as const } : one,
      ),
      { version, givenAt: at, state: "wanted" },
    ],
  };
}

/** The index with the claim given up, because the stack can't be changed for it. */
export function failed(index: FileIndex, { version, at }: Preparing, message: string): FileIndex {
  const { preparing: _, ...rest } = index;
  const entry = { version, givenAt: at, state: "failed", isUndeployed: true } as const;
  const versions = [...index.versions, entry];
  const said = { version, status: "failed", message } as const;
  return { ...rest, versions, update: { ...said, at, ...formerReports(index, said) } };
}

/** The index without the claim, as if nobody had asked. */
export function withdrawn(index: FileIndex): FileIndex {
  const { preparing: _, ...rest } = index;
  return rest;
}
