import { isAtLeast, type SlurmVersion } from "./conf/input.ts";

/**
 * What a submission of Sluice's is known by: `sluice=` and a UUID of its own, in a text that a job
 * carries through slurmctld's saved state and into accounting.
 */
export const SUBMISSION_TAG =
  /\bsluice=[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/;

export function submissionTag(submissionId: string): string {
  return `sluice=${submissionId}`;
}

/** The first tag in a text; undefined when there is none. */
export function tagIn(text: string | undefined): string | undefined {
  return SUBMISSION_TAG.exec(text ?? "")?.[0];
}

/**
 * Which text of a job is for the tag: the name of sbatch's option and of slurmrestd's key alike.
 * Before 23.11 there is none but the user's own comment, which it then stands behind.
 */
export function tagField(version: SlurmVersion): "extra" | "comment" {
  return isAtLeast(version, 23, 11) ? "extra" : "comment";
}

/** The text with the tag behind it, as a word of its own. */
export function withTag(text: string | undefined, tag: string): string {
  return text === undefined || text === "" ? tag : `${text} ${tag}`;
}
