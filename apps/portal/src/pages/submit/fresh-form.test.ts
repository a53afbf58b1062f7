import type { ApplicationDetail } from "@sluice/api";
import { expect, test } from "vitest";
import { beginningIn, freshForm } from "./fresh-form.ts";

type Field = ApplicationDetail["fields"][number];

const field = (name: string, more: Partial<Field> = {}): Field => ({
  ...{ name, type: "string", label: name, required: false, multiline: false },
  ...{ isList: false, hasChoicesOfCluster: false, ...more },
});
const form = (address: string, ...fields: readonly Field[]) =>
  freshForm({
    application: { fields } as unknown as ApplicationDetail,
    clusters: [
      { name: "demo", state: "ready" },
      { name: "two", state: "ready" },
    ],
    run: undefined,
    beginning: beginningIn(new URLSearchParams(address)),
  });

test("a form begins with the file that its address names, in the first field for one", () => {
  const address = "cluster=two&file=/home/ada/deck.inp";
  const title = field("title");
  expect(
    form(address, title, field("deck", { type: "file" }), field("b", { type: "file" })),
  ).toEqual({ values: { deck: "/home/ada/deck.inp" }, name: "", keep: "usual", cluster: "two" });
  const hidden = field("mesh", { type: "file", when: { title: "x" } });
  expect(
    form(address, title, hidden, field("decks", { type: "files", isList: true })),
  ).toMatchObject({ values: { decks: ["/home/ada/deck.inp"] } });
  expect(form(address, title).values).toEqual({});
});

test.each([
  ["", "demo"],
  ["cluster=two", "demo"],
  ["cluster=none&file=/home/ada/a", "demo"],
  ["cluster=two&file=a", "demo"],
])("a form with %j begins without one", (address, cluster) => {
  expect(form(address, field("deck", { type: "file" }))).toMatchObject({ values: {}, cluster });
});
