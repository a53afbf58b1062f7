import { expect, test } from "vitest";
import { grantFor } from "./exports.ts";

const TABLE = [
  "/home\t10.0.1.0/24(rw,sync)",
  "/home\t10.0.2.7(ro)",
  "/home/ada\t10.0.1.0/24(ro)",
  "/opt\t*(rw)",
  "",
].join("\n");

test("a client gets what is exported to its address, and what is below", () => {
  expect(grantFor(TABLE, "/home", "10.0.1.9")).toEqual({ path: "/home", readOnly: false });
  expect(grantFor(TABLE, "/home/", "10.0.2.7")).toEqual({ path: "/home", readOnly: true });
  expect(grantFor(TABLE, "/opt/a/b", "192.168.0.1")).toEqual({ path: "/opt/a/b", readOnly: false });
  expect(grantFor(TABLE, "/home/ada/x", "10.0.1.9")).toEqual({
    path: "/home/ada/x",
    readOnly: true,
  });
});

test("anything else is refused, by whatever way it is named", () => {
  expect(grantFor(TABLE, "/home", "10.0.3.1")).toBeUndefined();
  expect(grantFor(TABLE, "/homes", "10.0.1.9")).toBeUndefined();
  expect(grantFor(TABLE, "/home/../etc", "10.0.1.9")).toBeUndefined();
  expect(grantFor(TABLE, "/", "10.0.1.9")).toBeUndefined();
  expect(grantFor("", "/home", "10.0.1.9")).toBeUndefined();
});

test("an export with fsid=0 is the root of what its clients see", () => {
  const table = "/export\t10.0.0.0/16(rw,fsid=0)\n/export/home\t10.0.0.0/16(rw)\n";
  expect(grantFor(table, "/home", "10.0.1.9")?.path).toBe("/export/home");
  expect(grantFor(table, "/", "10.0.1.9")?.path).toBe("/export");
});
