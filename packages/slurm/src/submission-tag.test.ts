import { expect, it } from "vitest";
import { submissionTag, tagField, tagIn, withTag } from "./submission-tag.ts";

const ID = "11111111-2222-3333-4444-555555555555";

it("is found again where it was put", () => {
  const tag = submissionTag(ID);
  expect(tagIn(withTag(undefined, tag))).toBe(tag);
  expect(tagIn(withTag("my comment", tag))).toBe(tag);
  expect(withTag("my comment", tag)).toBe(`my comment sluice=${ID}`);
});

it.each(["", "sluice=", `xsluice=${ID}`, `sluice=${ID}0`, `sluice=${ID.toUpperCase()}X`])(
  "is not in %j",
  (text) => expect(tagIn(text)).toBeUndefined(),
);

it("has a text of its own where Slurm has one", () => {
  expect(tagField("24.11")).toBe("extra");
  expect(tagField("23.11")).toBe("extra");
  expect(tagField("22.05")).toBe("comment");
});
