import fc from "fast-check";
import { expect, test } from "vitest";
import { cellFor, countKinds, groupsOf, placeOf, stepFrom } from "./node-groups.ts";

const MAP = {
  groups: [
    {
      queue: "cpu",
      computeResource: "small",
      spans: [
        { prefix: "cpu-dy-small-", first: 1, does: "bi" },
        { prefix: "cpu-dy-small-", first: 9, does: "x" },
      ],
    },
    { queue: "old", computeResource: "box", spans: [{ prefix: "n007", first: null, does: "d" }] },
  ],
};

test("a map's letters are nodes with their names", () => {
  const groups = groupsOf(MAP);
  expect(groups.map(({ id, names, does }) => [id, names, does])).toEqual([
    ["cpu/small", ["cpu-dy-small-1", "cpu-dy-small-2", "cpu-dy-small-9"], "bix"],
    ["old/box", ["n007"], "d"],
  ]);
  expect(countKinds(groups)).toMatchObject({ busy: 1, idle: 1, down: 1, drained: 1, off: 0 });
  expect(placeOf(groups, "cpu-dy-small-9")).toEqual({ group: 0, index: 2 });
  expect(placeOf(groups, "cpu-dy-small-3")).toBeUndefined();
});

test("up and down keep the column, and go on in the next group", () => {
  const go = (index: number, key: string, group = 0) => stepFrom({ group, index }, key, 4, [10, 3]);
  expect(go(1, "ArrowDown")).toEqual({ group: 0, index: 5 });
  // The last row is shorter: its last node, and not past it.
  expect(go(7, "ArrowDown")).toEqual({ group: 0, index: 9 });
  expect(go(9, "ArrowDown")).toEqual({ group: 1, index: 1 });
  expect(go(1, "ArrowUp", 1)).toEqual({ group: 0, index: 9 });
  expect(go(9, "ArrowRight")).toEqual({ group: 1, index: 0 });
  expect(go(0, "ArrowLeft", 1)).toEqual({ group: 0, index: 9 });
  expect(go(2, "Tab")).toBeUndefined();
});

test("every key stays among the nodes", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 });
  const keys = [
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Home",
    "End",
    "PageUp",
    "PageDown",
  ];
  const walk = fc.array(fc.constantFrom(...keys), { maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 20 }), walk, (all, columns, steps) => {
      let place = { group: 0, index: 0 };
      for (const key of steps) {
        place = stepFrom(place, key, columns, all) ?? place;
        expect(place.index).toBeGreaterThanOrEqual(0);
        expect(place.index).toBeLessThan(all[place.group] ?? 0);
      }
    }),
  );
});

test("squares get smaller as there are more of them", () => {
  const sizes = [3, 501, 5_000, 20_000].map((count) => cellFor(count).size);
  expect(sizes.toSorted((a, b) => b - a)).toEqual(sizes);
});
