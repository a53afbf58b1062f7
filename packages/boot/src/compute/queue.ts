import type { ClusterConfig, SlurmQueue } from "@sluice/model";
import { scratchOf } from "../steps/scratch.ts";
import { type ComputeBoot, type ComputeGuest, renderComputeUserData } from "./user-data.ts";

/** What of a queue's user data does not stand in the cluster file. */
export interface QueueBoot extends Omit<ComputeBoot, "users" | "guest" | "what" | "isLogRotated"> {
  /** Missing where machines are Sluice's own, and bring nothing of a cloud's. */
  readonly guest?: Pick<ComputeGuest, "files" | "pack" | "fetchUrlCommand" | "noticeCommand"> & {
    /** See `GuestAccess`. */
    readonly localDisks?: string;
  };
}

/**
 * User data of the machines of a queue, the same for all of its nodes.
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`
 */
export function renderQueueUserData(
  config: ClusterConfig,
  { Name, CustomActions: actions, Networking, ComputeSettings }: SlurmQueue,
  { guest, ...boot }: QueueBoot,
): string {
  const proxy = Networking?.Proxy?.HttpProxyAddress;
  return renderComputeUserData({
    ...boot,
    users: config.Users,
    isLogRotated: config.Monitoring.Logs.Rotation.Enabled,
    what: `a machine of queue ${Name}`,
    ...(guest === undefined
      ? {}
      : {
          guest: {
            ...guest,
            ...scratchOf(guest.localDisks, ComputeSettings?.LocalStorage?.EphemeralVolume),
            os: config.Image.Os,
            directory: config.DirectoryService !== undefined,
            ...(actions === undefined ? {} : { actions }),
            ...(proxy === undefined ? {} : { proxy }),
          },
        }),
  });
}
