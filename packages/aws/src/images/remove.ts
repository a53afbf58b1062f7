import type { ApplyOptions } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { ObjectStore } from "../bucket.ts";
import { sayer } from "../infrastructure/deploy/apply.ts";
import type { DeployContext } from "../infrastructure/deploy/context.ts";
import { failuresIn } from "../infrastructure/deploy/plan/stack-events.ts";
import { OBJECTS, TAGS } from "../names.ts";
import { removeAmi, usersOf } from "./amis.ts";
import { removeBuildLog } from "./build-log.ts";
import { deleteBuildStack } from "./build-stack.ts";
import { type KnownImage, statusOf } from "./known.ts";

/**
 * Removes all that there is of a build: its stack, the image with its snapshots, what it said, and
 * its file. Repeatable.
 *
 * @throws SluiceError `IMAGE_IN_USE` without `force`, `STACK_DELETE_FAILED`
 */
export async function removeImage(
  context: DeployContext,
  image: KnownImage,
  options: ApplyOptions & { readonly force: boolean },
): Promise<void> {
  const { clients } = context;
  const { id, build, ami, stack } = image;
  const say = sayer(context, options);
  if (!options.force) {
    const user =
      statusOf(image) === "BUILD_IN_PROGRESS"
        ? "is being built"
        : ami === undefined
          ? undefined
          : await usersOf(clients, ami);
    if (user !== undefined) {
      throw new SluiceError("IMAGE_IN_USE", "user", `the image ${id} ${user}`, {
        hint: "repeat it with --force to delete it all the same",
      });
    }
  }
  if (stack !== undefined) {
    say("image", "started", "deleting the stack of the build");
    const { onProgress, signal } = options;
    const { stack: left, events } = await deleteBuildStack(context, stack.arn, {
      onProgress,
      signal,
    });
    if (left !== undefined && left.status !== "DELETE_COMPLETE") {
      const [first] = failuresIn(events);
      const why = first === undefined ? left.status : `${first.logicalId}: ${first.reason}`;
      const message = `the stack of the image ${id} could not be deleted: ${why}`;
      throw new SluiceError("STACK_DELETE_FAILED", "cloud", message, {
        hint: `remove what is in the way, then repeat: sluice delete-image -i ${id}`,
      });
    }
  }
  if (ami !== undefined) {
    say("image", "started", `deleting ${ami.ami}`);
    await removeAmi(clients, ami);
  }
  await removeBuildLog(clients, { id, build });
  const bucket = (stack ?? ami)?.tags[TAGS.bucket];
  if (bucket !== undefined) {
    await new ObjectStore(clients, bucket).removeAll(`${OBJECTS.image(id, build)}/`);
  }
  say("image", "done", `${id} is gone`);
}
