import type { SlurmQueue } from "@sluice/model";
import type { Stack } from "aws-cdk-lib/core";
import { factsPath } from "../../../names.ts";
import type { SynthRequest } from "../contract.ts";
import { FactsParts, inParts } from "../facts-parts.ts";
import { idOf, shortHash } from "../logical-id.ts";
import { efsStatements } from "./file-system-access.ts";
import { instanceProfile, type RoleSettings } from "./roles.ts";
import { s3Statements } from "./s3-access.ts";

/** Nested stacks of queue roles: of 1,500 queues each has room for its own. */
const BUCKETS = 8;

/**
 * Queues with rights of their own, by the nested stack that their roles are in. A queue's place
 * comes from its name alone, so that no role ever moves: a role that is made again leaves the
 * machines that run with the old one without rights.
 */
export function queueBuckets(
  queues: readonly SlurmQueue[],
): ReadonlyMap<number, readonly SlurmQueue[]> {
  // A profile that is there already is in the cluster file, which the head reads.
  const own = queues.filter(({ Iam }) => Iam !== undefined && Iam.InstanceProfile === undefined);
  const bucketOf = ({ Name }: SlurmQueue) => Number.parseInt(shortHash(Name), 16) % BUCKETS;
  return Map.groupBy(
    own.toSorted((a, b) => bucketOf(a) - bucketOf(b)),
    bucketOf,
  );
}

/** Fills one nested stack. */
export function addQueueRoles(
  stack: Stack,
  request: SynthRequest,
  settings: RoleSettings,
  bucket: number,
  queues: readonly SlurmQueue[],
): void {
  const { config, name, unique } = request;
  const facts = new FactsParts(stack, factsPath(name, unique));
  const profiles = queues.map(({ Name, Iam }): readonly [string, string] => {
    const id = idOf("Queue", Name);
    const statements = () => [...s3Statements(Iam?.S3Access), ...efsStatements(config, unique)];
    const made = instanceProfile(stack, id, settings, { kind: "compute", iam: Iam, statements });
    return [Name, made];
  });
  inParts(profiles).forEach((part, index) => {
    facts.add(`queue-roles-${bucket}-${index + 1}`, {
      roles: { queueProfiles: Object.fromEntries(part) },
    });
  });
}
