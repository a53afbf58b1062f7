import { describe, expect, it } from "vitest";
import { checkClusterName } from "./cluster-name.ts";

describe("checkClusterName", () => {
  it.each(["demo", "Demo-2", "a", "a".repeat(40)])("takes %s", (name) => {
    expect(checkClusterName(name)).toBeUndefined();
  });

  it.each(["", "1a", "-a", "a_b", "a b", "ä", "a\n", "../a", "a".repeat(41)])(
    "refuses %j",
    (name) => {
      expect(checkClusterName(name)).toMatchObject({ id: "ClusterNameValidator", level: "ERROR" });
    },
  );
});
