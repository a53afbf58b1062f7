import { type QueueBoot, renderLightUserData, renderQueueUserData } from "@sluice/boot";
import type { PoolSpec } from "@sluice/capacity";
import type { HeadContext } from "../context.ts";

/** User data of compute machines. It is the same for every node of a queue. */
export function userDataOf({ config, cloud, address }: HeadContext, headCertificate: string) {
  const { isLight, identityCommand, files, pack, fetchUrlCommand, noticeCommand, localDisks } =
    cloud.guest;
  const boot: QueueBoot = {
    headAddress: address,
    headCertificate,
    identityCommand,
    ...(files === undefined || fetchUrlCommand === undefined
      ? {}
      : {
          guest: {
            files,
            fetchUrlCommand,
            ...(pack === undefined ? {} : { pack }),
            ...(noticeCommand === undefined ? {} : { noticeCommand }),
            ...(localDisks === undefined ? {} : { localDisks }),
          },
        }),
  };
  const light = renderLightUserData({ users: config.Users });
  const booted = new Map(
    config.Scheduling.SlurmQueues.map((queue) => [
      queue.Name,
      renderQueueUserData(config, queue, boot),
    ]),
  );
  return (
    _node: string,
    { pool }: PoolSpec,
    { instanceType }: { readonly instanceType: string },
  ): string => (isLight(instanceType) ? light : (booted.get(pool.queue) ?? light));
}
