import { expect, it } from "vitest";
import type { MachineMount } from "../steps/mounts.ts";
import { exportFiles, splitMounts } from "./exports.ts";

const mount = (source: string, mountPoint: string): MachineMount => ({
  type: "nfs4",
  source,
  mountPoint,
  options: [],
});

it("tells what is the head's to give from what it mounts itself", () => {
  const other = mount("fs-1.efs.amazonaws.com:/", "/efs");
  const mounts = [mount("10.0.0.2:/home", "/home"), other, mount("head:/data", "/data")];
  expect(splitMounts(mounts, "10.0.0.2")).toEqual({ given: ["/home", "/data"], mounted: [other] });
  // A host whose name only begins like the head's is another.
  const alike = [mount("10.0.0.20:/x", "/x"), mount("headless:/y", "/y")];
  expect(splitMounts(alike, "10.0.0.2")).toEqual({ given: [], mounted: alike });
});

it("exports to the cluster's networks and to nobody else", () => {
  const [exports] = exportFiles(["/home", "/data"], ["10.0.0.0/20", "10.0.16.0/20"]);
  const options = "(rw,sync,no_root_squash,no_subtree_check)";
  const clients = `10.0.0.0/20${options} 10.0.16.0/20${options}`;
  expect(exports?.content).toBe(`"/home" ${clients}\n"/data" ${clients}\n`);
});
