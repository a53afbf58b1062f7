import { describe, expect, it } from "vitest";
import type { FileIndex } from "../../../objects.ts";
import { clusterStatus } from "./status.ts";

const index = (...states: FileIndex["versions"][number]["state"][]): FileIndex => ({
  versions: states.map((state, at) => ({
    version: at + 1,
    givenAt: "2026-01-05T08:00:00.000Z",
    state,
  })),
});

const statusOf = (stackStatus: string, files = index("in-force"), heads = 1): string =>
  clusterStatus({ stackStatus, stackReason: undefined, index: files, heads }).status;

describe("a cluster's status", () => {
  it.each([
    ["REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS"],
    ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"],
    ["CREATE_FAILED", "CREATE_FAILED"],
    ["ROLLBACK_IN_PROGRESS", "CREATE_FAILED"],
    ["ROLLBACK_FAILED", "CREATE_FAILED"],
    ["CREATE_COMPLETE", "CREATE_COMPLETE"],
    ["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"],
    ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_IN_PROGRESS"],
    ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS"],
    ["UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED"],
    ["UPDATE_ROLLBACK_COMPLETE", "CREATE_COMPLETE"],
    ["DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS"],
    ["DELETE_FAILED", "DELETE_FAILED"],
  ])("of a stack in %s is %s", (stack, status) => {
    expect(statusOf(stack)).toBe(status);
  });

  it("follows what became of its files", () => {
    expect(statusOf("CREATE_COMPLETE", index("in-force", "wanted"))).toBe("UPDATE_IN_PROGRESS");
    expect(statusOf("UPDATE_COMPLETE", index("former", "in-force"))).toBe("UPDATE_COMPLETE");
    expect(statusOf("UPDATE_COMPLETE", index("in-force", "failed"))).toBe("UPDATE_FAILED");
    expect(statusOf("UPDATE_COMPLETE", index("in-force", "failed", "wanted"))).toBe(
      "UPDATE_IN_PROGRESS",
    );
  });

  it("is STOPPED when it shall have no head, unless an update waits for it", () => {
    expect(statusOf("CREATE_COMPLETE", index("in-force"), 0)).toBe("STOPPED");
    expect(statusOf("CREATE_COMPLETE", index("in-force", "wanted"), 0)).toBe("UPDATE_IN_PROGRESS");
  });
});
