import { expect, test } from "vitest";
import { previewApplication } from "./preview.ts";

const heat = (more = "") => `Name: heat
Title: Heat
Fields:
  - { Name: deck, Type: file, Required: true }
  - { Name: steps, Type: integer, Default: 10, Min: 1 }
${more}Options: { ntasks: "{{steps}}" }
Script: |
  srun heat {{deck}}
`;

test("a text that is no application has findings with their lines, and no form", () => {
  const { findings, application, job } = previewApplication("Name: heat\nTitel: Heat\n", {});
  expect(findings.map(({ line, path }) => [line, path])).toContainEqual([2, "Titel"]);
  expect([application, job]).toEqual([undefined, undefined]);
});

test("values make the script that they would, and nobody's home is in it", () => {
  const { application, errors, job } = previewApplication(heat(), { deck: "~/a b.inp", steps: 4 });
  expect(application?.Fields.map(({ Name }) => Name)).toEqual(["deck", "steps"]);
  expect(errors).toEqual([]);
  expect(job?.script).toContain("srun heat '~/a b.inp'");
  expect(job?.options).toContain("--ntasks=4");
});

test("values that do not fit are told by field; those of fields that are gone are left out", () => {
  const { errors, job } = previewApplication(heat(), { steps: 0, former: "x" });
  expect(errors.map(({ field }) => field)).toEqual(["deck", "steps"]);
  expect(job).toBeUndefined();
});

test("a field for the cluster takes the one that it is for", () => {
  const text = heat("  - { Name: where, Type: cluster }\n");
  const values = { deck: "/d", where: "demo" };
  expect(previewApplication(text, values).errors).toEqual([]);
  expect(previewApplication(text, values, "other").errors).toHaveLength(1);
});
