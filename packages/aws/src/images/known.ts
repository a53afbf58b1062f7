import { imageFailure } from "@sluice/boot";
import type { ImageRecord, ImageStatus } from "@sluice/cloud";
import type { Clients } from "../clients.ts";
import { failuresIn, stackReason } from "../infrastructure/deploy/plan/stack-events.ts";
import { stackEvents } from "../infrastructure/deploy/stack.ts";
import { TAGS } from "../names.ts";
import { type BuiltAmi, builtAmis } from "./amis.ts";
import { buildLog } from "./build-log.ts";
import { type BuildStack, buildStacks } from "./build-stack.ts";

/** All that the account has of one build. */
export interface KnownImage {
  readonly id: string;
  readonly build: string;
  readonly ami: BuiltAmi | undefined;
  readonly stack: BuildStack | undefined;
}

/** By id. Of an id that was built again only the last build is of interest. */
export async function knownImages(clients: Clients): Promise<readonly KnownImage[]> {
  const [amis, stacks] = await Promise.all([builtAmis(clients), buildStacks(clients)]);
  const known = new Map<string, KnownImage>();
  for (const { id, build } of [...amis, ...stacks]) {
    known.set(`${id} ${build}`, {
      id,
      build,
      ami: amis.find((one) => one.build === build && one.id === id),
      stack: stacks.find((one) => one.build === build && one.id === id),
    });
  }
  return [...known.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

export async function knownImage(clients: Clients, id: string): Promise<KnownImage | undefined> {
  return (await knownImages(clients)).find((image) => image.id === id);
}

/**
 * ```
 *   stack CREATE_IN_PROGRESS ─▶ image available, stack CREATE_COMPLETE ─▶ stack gone
 *            └─▶ ROLLBACK_COMPLETE, which stays to tell why
 * ```
 */
export function statusOf({ ami, stack }: KnownImage): ImageStatus {
  if (ami !== undefined && ami.state === "failed") return "BUILD_FAILED";
  const at = stack?.status ?? "";
  if (at === "CREATE_IN_PROGRESS") return "BUILD_IN_PROGRESS";
  if (ami !== undefined) return ami.state === "pending" ? "BUILD_IN_PROGRESS" : "BUILD_COMPLETE";
  if (at === "DELETE_IN_PROGRESS") return "DELETE_IN_PROGRESS";
  return at === "DELETE_FAILED" ? "DELETE_FAILED" : "BUILD_FAILED";
}

export function recordOf(
  image: KnownImage,
  more: { readonly reason?: string | undefined; readonly configText?: string | undefined } = {},
): ImageRecord {
  const { ami, stack } = image;
  const status = statusOf(image);
  const tags = { ...stack?.tags, ...ami?.tags };
  return {
    id: image.id,
    status,
    statusReason: more.reason,
    os: tags[TAGS.os] ?? "",
    arch: ami?.arch ?? tags[ARCHITECTURE] ?? "",
    reference: status === "BUILD_COMPLETE" ? ami?.ami : undefined,
    createdAt: ami?.createdAt ?? stack?.createdAt ?? new Date(0),
    slurmVersion: tags[TAGS.slurmVersion],
    sluiceVersion: tags[TAGS.version],
    configText: more.configText,
  };
}

/** On stacks alone: images of EC2 know it themselves. */
export const ARCHITECTURE = "sluice:architecture";

/** Why a build failed: the script's own last words, else what CloudFormation has heard. */
export async function reasonOf(
  clients: Clients,
  { id, build, stack }: Pick<KnownImage, "id" | "build" | "stack">,
): Promise<string | undefined> {
  const said = imageFailure(await buildLog(clients, { id, build }));
  if (said !== undefined || stack === undefined) return said;
  const events = await stackEvents(clients, stack.arn);
  return failuresIn(events)[0]?.reason ?? stackReason(events);
}
