import { expect, it } from "vitest";
import { parseStanding } from "./limits.ts";

const record = (
  account: string,
  user: string,
  more: string,
) => `ClusterName=demo Account=${account} UserName=${user} Partition= Priority=0 ID=3
    SharesRaw/Norm/Level/Factor=1/0.50/2/0.75
    GrpJobs=N(0) GrpJobsAccrue=N(0)
    GrpSubmitJobs=N(0) GrpWall=N(0.00)
    GrpTRES=cpu=N(0),mem=N(0)
${more}
    Comment=(null)
`;

it("reads the limits of a user and of the account above, with what is used", () => {
  const text = `Current Association Manager state

Association Records

${record("root", "", "    GrpTRESMins=cpu=N(0)\n    MaxJobs= MaxSubmitJobs=")}${record(
  "users",
  "",
  "    GrpTRESMins=cpu=100000(6),gres/gpu=60(12)\n    MaxJobs=50(0) MaxSubmitJobs=",
)}${record("users", "ada(2001)", "    GrpTRESMins=cpu=N(0)\n    MaxJobs=50(3) MaxSubmitJobs=500(4)")}${record(
  "users",
  "ben(2002)",
  "    GrpTRESMins=cpu=7(0)\n    MaxJobs=",
)}`;
  const about = { cluster: "demo", account: "users" };
  expect(parseStanding(text, "demo", "ada")).toEqual({
    limits: [
      { ...about, of: "account", name: "GrpTRESMins", resource: "cpu", limit: 100_000, used: 6 },
      { ...about, of: "account", name: "GrpTRESMins", resource: "gres/gpu", limit: 60, used: 12 },
      { ...about, of: "user", name: "MaxJobs", limit: 50, used: 3 },
      { ...about, of: "user", name: "MaxSubmitJobs", limit: 500, used: 4 },
    ],
    fairShares: [{ ...about, factor: 0.75 }],
  });
});

it("has nothing of what is no such list", () => {
  expect(parseStanding("No association records\n", "demo", "ada")).toEqual({
    ...{ limits: [], fairShares: [] },
  });
});
