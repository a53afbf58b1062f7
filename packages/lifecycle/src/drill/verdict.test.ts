import { describe, expect, test } from "vitest";
import { runsOf } from "./ledger.ts";
import { type Evidence, verdictOf } from "./verdict.ts";

const evidence = (over: Partial<Evidence> & { readonly ledger?: string }): Evidence => ({
  submissions: [{ unit: "u1", cluster: "left", id: 7 }],
  runs: runsOf(over.ledger ?? "start u1 left:7 0.5@n1 100.5\nend u1 left:7 0.5@n1 103\n"),
  accounting: [{ cluster: "left", id: 7, unit: "u1", state: "COMPLETED" }],
  ...over,
});

describe("the verdict on a load", () => {
  test("finds nothing wrong with a job that ran once", () => {
    expect(verdictOf(evidence({}))).toEqual({
      ...{ submitted: 1, acknowledged: 1, completed: 1, requeued: 0 },
      ...{ lost: [], missing: [], unaccounted: [], doubled: [], repeated: [] },
    });
  });

  test("a job that was acknowledged and never ran is lost, and missing if nobody knows of it", () => {
    const verdict = verdictOf(evidence({ ledger: "", accounting: [] }));
    expect(verdict).toMatchObject({ lost: ["u1"], missing: ["u1"] });
  });

  test("a job that ran is not lost where accounting never heard of it", () => {
    const verdict = verdictOf(evidence({ accounting: [] }));
    expect(verdict).toMatchObject({ lost: [], missing: [], unaccounted: ["u1"] });
  });

  test("a job that accounting takes for running still is lost", () => {
    const accounting = [{ cluster: "left", id: 7, unit: "u1", state: "RUNNING" }];
    expect(verdictOf(evidence({ accounting }))).toMatchObject({ lost: ["u1"], missing: [] });
  });

  test("what was not acknowledged is not lost", () => {
    const submissions = [{ unit: "u1", cluster: "left", id: undefined }];
    const verdict = verdictOf(evidence({ submissions, ledger: "", accounting: [] }));
    expect(verdict).toMatchObject({ lost: [], acknowledged: 0, submitted: 1 });
  });

  test("two runs at the same time are one too many", () => {
    const ledger = `start u1 left:7 0.5@n1 100
beat u1 left:7 0.5@n1 102
start u1 left:7 1.9@n2 101
end u1 left:7 1.9@n2 104
`;
    expect(verdictOf(evidence({ ledger }))).toMatchObject({ doubled: ["u1"], requeued: 1 });
  });

  test("a run after one that lost its machine is none too many", () => {
    const ledger = `start u1 left:7 0.5@n1 100
beat u1 left:7 0.5@n1 101
start u1 left:7 1.9@n2 101
end u1 left:7 1.9@n2 104
`;
    expect(verdictOf(evidence({ ledger }))).toMatchObject({ doubled: [], requeued: 1, lost: [] });
  });

  test("one submission that became two jobs is doubled, also when one ran after the other", () => {
    const accounting = [7, 9].map((id) => ({
      ...{ cluster: "left", id, unit: "u1", state: "COMPLETED" },
    }));
    expect(verdictOf(evidence({ accounting }))).toMatchObject({ doubled: ["u1"] });
  });

  test("a job that ran to its end twice, one time after the other, is told of apart", () => {
    const ledger = `start u1 left:7 0.5@n1 100
end u1 left:7 0.5@n1 101
start u1 left:7 1.9@n2 105
end u1 left:7 1.9@n2 106
`;
    expect(verdictOf(evidence({ ledger }))).toMatchObject({ doubled: [], repeated: ["u1"] });
  });
});

test("a line that was cut off says nothing", () => {
  expect(runsOf("start u1 left:7 0.5@n1 100\nend u1 le")).toEqual([
    { unit: "u1", job: "left:7", run: "0.5@n1", start: 100, last: 100, isEnded: false },
  ]);
});
