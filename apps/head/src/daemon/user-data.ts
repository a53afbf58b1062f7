import { type ComputeBoot, renderComputeUserData, renderLightUserData } from "@sluice/boot";
import type { PoolSpec } from "@sluice/capacity";
import type { HeadContext } from "../context.ts";

/** User data of compute machines. It is the same for every node of a queue. */
export function userDataOf({ config, cloud, address }: HeadContext, headCertificate: string) {
  const { guest } = cloud;
  const boot: ComputeBoot = {
    users: config.Users,
    headAddress: address,
    headCertificate,
    identityCommand: guest.identityCommand,
  };
  const light = renderLightUserData(boot);
  const { files, fetchUrlCommand, noticeCommand } = guest;
  const booted = new Map(
    config.Scheduling.SlurmQueues.map(({ Name, CustomActions: actions, Networking }) => [
      Name,
      renderComputeUserData(
        files === undefined || fetchUrlCommand === undefined
          ? boot
          : {
              ...boot,
              guest: {
                os: config.Image.Os,
                files,
                fetchUrlCommand,
                directory: config.DirectoryService !== undefined,
                ...(noticeCommand === undefined ? {} : { noticeCommand }),
                ...(actions === undefined ? {} : { actions }),
                ...proxyOf(Networking?.Proxy?.HttpProxyAddress),
              },
            },
      ),
    ]),
  );
  return (
    _node: string,
    { pool }: PoolSpec,
    { instanceType }: { readonly instanceType: string },
  ): string => (guest.isLight(instanceType) ? light : (booted.get(pool.queue) ?? light));
}

function proxyOf(proxy: string | undefined): { readonly proxy?: string } {
  return proxy === undefined ? {} : { proxy };
}
