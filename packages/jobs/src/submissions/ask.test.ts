import { describe, expect, it } from "vitest";
import { outcomeOf } from "./ask.ts";
import { tagField, tagged } from "./tag.ts";

const said = (status: number, body: unknown) => outcomeOf(status, JSON.stringify(body));

describe("what slurmrestd answers to job/submit", () => {
  it.each([
    ["accepted", 200, { job_id: 7, errors: [] }],
    ["accepted", 200, { job_id: 7, errors: [], warnings: [{ error_number: 2042 }] }],
    [
      "refused",
      500,
      { errors: [{ error_number: 2000, error: "Invalid partition name specified" }] },
    ],
    ["refused", 500, { errors: [{ error_number: 9209, error: "Data parser expected an object" }] }],
    ["refused", 500, { errors: [{ error_code: 2000, error: "Invalid partition name specified" }] }],
    [
      "refused",
      400,
      { errors: [{ error_code: 2054 }, { error_number: -1 }, { error_code: 9001 }] },
    ],
    [
      "unasked",
      502,
      { errors: [{ error_number: 1800, error: "Unable to contact slurm controller" }] },
    ],
    ["unasked", 500, { errors: [{ error_number: 11, error: "Resource temporarily unavailable" }] }],
    ["lost", 500, { errors: [{ error_number: 104, error: "Connection reset by peer" }] }],
    ["lost", 500, { errors: [{ error_number: 5004, error: "Socket timed out" }] }],
    ["lost", 500, { errors: [] }],
    ["lost", 200, { job_id: 0, errors: [] }],
    ["lost", 500, "text"],
  ])("is %s: %i %j", (kind, status, body) => {
    expect(said(status, body).kind).toBe(kind);
  });

  it("is no JSON where slurmrestd does not let in, and then slurmctld was not asked", () => {
    expect(outcomeOf(401, "Authentication failure").kind).toBe("unasked");
    expect(outcomeOf(502, "<html>").kind).toBe("lost");
  });
});

describe("the tag", () => {
  const id = "00000000-0000-4000-8000-000000000000";

  it("is in the comment where a job has no other place for it", () => {
    expect([tagField("22.05.8"), tagField("23.11.4"), tagField("24.11.5")]).toEqual([
      "comment",
      "extra",
      "extra",
    ]);
  });

  it("stands behind sbatch's own option, in one word", () => {
    const request = { by: "sbatch", script: "", workingDirectory: "/" } as const;
    const options = ["-n", "2", "--extra=mine", "--extra=mine too"];
    expect(tagged({ ...request, options }, id, "extra")).toMatchObject({
      options: ["-n", "2", "--extra=mine", `--extra=mine too sluice=${id}`],
    });
    expect(tagged({ ...request, options: [] }, id, "comment")).toMatchObject({
      options: [`--comment=sluice=${id}`],
    });
  });

  it("is in every part of a job", () => {
    const body = { jobs: [{ name: "a" }, { name: "b", extra: "x" }] };
    expect(tagged({ by: "slurmrestd", version: "v0.0.41", body }, id, "extra")).toMatchObject({
      body: { jobs: [{ extra: `sluice=${id}` }, { extra: `x sluice=${id}` }] },
    });
  });
});
