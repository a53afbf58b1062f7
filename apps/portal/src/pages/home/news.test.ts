import { NEWS_KINDS, type News } from "@sluice/api";
import { expect, it } from "vitest";
import { headlineOf, hrefOf } from "./news.ts";

const news = (more: Partial<News>): News => ({
  ...{ kind: "job-failed", severity: "warning", cluster: "demo", id: "12_3", name: "heat" },
  ...more,
});

it("says how a job ended, and leads to it", () => {
  const ended = (state: string, exitCode = "0:0") => headlineOf(news({ state, exitCode })).rest;
  expect(headlineOf(news({ state: "FAILED", exitCode: "3:0" }))).toEqual({
    linked: "Job 12_3 (heat)",
    rest: "ended with exit code 3",
  });
  expect(ended("FAILED", "0:9")).toBe("was ended by signal 9");
  expect(ended("OUT_OF_MEMORY")).toBe("ran out of memory");
  expect(ended("SOMETHING_NEW")).toBe("SOMETHING_NEW");
  expect(hrefOf(news({ cluster: "a b" }))).toBe("/jobs/a%20b/12_3");
});

it("has words for everything that is told, whatever is missing of it", () => {
  for (const kind of NEWS_KINDS) {
    const one: News = { kind, severity: "info" };
    expect(headlineOf(one).linked, kind).not.toBe("");
    expect(headlineOf(news({ kind })).linked, kind).not.toContain("undefined");
  }
  expect(headlineOf(news({ kind: "operation-running", state: "update-cluster" })).linked).toBe(
    "Changing demo is under way",
  );
});
