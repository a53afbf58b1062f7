import type { ClusterConfig, SlurmQueue } from "@sluice/model";
import { type ComputeBoot, type ComputeGuest, renderComputeUserData } from "./user-data.ts";

/** What of a queue's user data does not stand in the cluster file. */
export interface QueueBoot extends Omit<ComputeBoot, "users" | "guest"> {
  /** Missing where machines are Sluice's own, and bring nothing of a cloud's. */
  readonly guest?: Pick<ComputeGuest, "files" | "fetchUrlCommand" | "noticeCommand">;
}

/**
 * User data of the machines of a queue, the same for all of its nodes.
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`
 */
export function renderQueueUserData(
  config: ClusterConfig,
  { CustomActions: actions, Networking }: SlurmQueue,
  { guest, ...boot }: QueueBoot,
): string {
  const proxy = Networking?.Proxy?.HttpProxyAddress;
  return renderComputeUserData({
    ...boot,
    users: config.Users,
    ...(guest === undefined
      ? {}
      : {
          guest: {
            ...guest,
            os: config.Image.Os,
            directory: config.DirectoryService !== undefined,
            ...(actions === undefined ? {} : { actions }),
            ...(proxy === undefined ? {} : { proxy }),
          },
        }),
  });
}
