import { expect, it } from "vitest";
import { mountPoints } from "./unmount.ts";

const MOUNTINFO = `22 27 0:21 / /proc rw,nosuid - proc proc rw
30 27 259:1 / /var/lib/sluice rw,noatime shared:1 - ext4 /dev/nvme1n1 rw
31 27 259:1 /home /home rw,noatime shared:1 - ext4 /dev/nvme1n1 rw
32 27 259:10 / /shared\\040data rw,noatime shared:2 - ext4 /dev/nvme2n1 rw
`;

it("a disk is found wherever it is mounted", () => {
  expect(mountPoints(MOUNTINFO, "259:1")).toEqual(["/var/lib/sluice", "/home"]);
  expect(mountPoints(MOUNTINFO, "259:10")).toEqual(["/shared data"]);
  expect(mountPoints(MOUNTINFO, "259:2")).toEqual([]);
});
