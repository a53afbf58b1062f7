import type { CachedJob, JobCache } from "@sluice/jobs";
import { describe, expect, test } from "vitest";
import { jobVisibility, seesJob, visibleJobs } from "./sight.ts";

const grant = (role: "read-only" | "user" | "operator", cluster = "*", account = "*") => ({
  grants: [{ role, cluster, account }],
  unixUser: "ada",
});
const job = (more: Partial<CachedJob>) =>
  ({ cluster: "c", id: 12, label: "12", user: "ben", account: "ops", ...more }) as CachedJob;
const cacheOf = (...jobs: CachedJob[]) => ({ find: async () => jobs }) as unknown as JobCache;

describe("who sees which jobs", () => {
  test("operators all where they are it, others their own", () => {
    expect(jobVisibility(grant("operator"), "c")).toBe("all");
    expect(jobVisibility(grant("operator", "other"), "c")).toEqual({
      users: ["ada"],
      accounts: [],
    });
    expect(jobVisibility(grant("user"), "c")).toEqual({ users: ["ada"], accounts: [] });
    expect(jobVisibility({ ...grant("user"), unixUser: undefined }, "c")).toEqual({
      ...{ users: [], accounts: [] },
    });
  });

  test("operators of an account that account's, besides their own", () => {
    const ops = grant("operator", "c", "ops");
    expect(jobVisibility(ops, "c")).toEqual({ users: ["ada"], accounts: ["ops"] });
    expect(seesJob(ops, job({}))).toBe(true);
    expect(seesJob(ops, job({ account: "science" }))).toBe(false);
    expect(seesJob(ops, job({ account: "science", user: "ada" }))).toBe(true);
    expect(seesJob(grant("user", "c", "ops"), job({}))).toBe(false);
    expect(seesJob(ops, { cluster: "c", user: "ben" })).toBe(false);
    expect(seesJob(grant("operator"), { cluster: "c", user: "ben" })).toBe(true);
  });

  test("of a number that was given twice nobody finds another's job through their own", async () => {
    const cache = cacheOf(job({ user: "ben" }), job({ user: "ada", name: "mine" }));
    const [found, ...others] = await visibleJobs(cache, grant("user"), { cluster: "c", job: "12" });
    expect(found).toMatchObject({ user: "ada", name: "mine" });
    expect(others).toEqual([]);
    const other = visibleJobs(cacheOf(job({})), grant("user"), { cluster: "c", job: "12" });
    await expect(other).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });
});
