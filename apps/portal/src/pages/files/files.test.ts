import { describe, expect, it } from "vitest";
import { type Choice, choose, chooseAll, NO_CHOICE, rowThatBegins, stillThere } from "./choice.ts";
import { freeName, isWithin, parentOf, problemOfName, shownName, stepsTo } from "./paths.ts";
import { permissions } from "./permissions.ts";

describe("paths", () => {
  it("lead from the nearest root to a folder", () => {
    const roots = [
      { path: "/home/ada", name: "Home" },
      { path: "/shared", name: "shared" },
    ];
    expect(stepsTo("/home/ada/a/b c", roots)).toEqual([
      { name: "Home", path: "/home/ada" },
      { name: "a", path: "/home/ada/a" },
      { name: "b c", path: "/home/ada/a/b c" },
    ]);
    expect(stepsTo("/home/adam", roots)).toEqual([{ name: "/home/adam", path: "/home/adam" }]);
  });

  it("lie in folders by names, not by letters", () => {
    expect(isWithin("/home/adam", "/home/ada")).toBe(false);
    expect(isWithin("/home/ada", "/home/ada")).toBe(true);
    expect(parentOf("/home")).toBe("/");
  });

  it("get names that are free", () => {
    const taken = new Set(["a (2).dat"]);
    expect(freeName("a.dat", (name) => taken.has(name))).toBe("a (3).dat");
    expect(freeName(".bashrc", () => false)).toBe(".bashrc (2)");
    expect(freeName("folder", () => false)).toBe("folder (2)");
  });

  it("have no parts in a name", () => {
    expect(problemOfName("a/b")).toBe("slash");
    expect(problemOfName("..")).toBe("dots");
    expect(problemOfName("...")).toBeUndefined();
  });

  it("show what can not be seen", () => {
    expect(shownName("a\nb")).toBe("a\u240ab");
    expect(shownName("gnp.\u202efdp")).toBe("gnp.\ufffdfdp");
    expect(shownName("caf\u{10fee9}")).toBe("caf\\xe9");
  });
});

describe("permissions", () => {
  it.each([
    [0o644, "rw-r--r--"],
    [0o4755, "rwsr-xr-x"],
    [0o1777, "rwxrwxrwt"],
    [0o2640, "rw-r-S---"],
  ])("%o", (mode, shown) => expect(permissions(mode)).toBe(shown));
});

describe("a choice in a list", () => {
  const names = ["alpha", "beta", "Beta2", "gamma"];
  const list = { length: names.length, nameAt: (at: number) => names[at] };
  const chosen = ({ names: some }: Choice) => [...some];

  it("goes over a stretch and back", () => {
    const first = choose(NO_CHOICE, list, 1, "only");
    const down = choose(first, list, 3, "stretch");
    expect(chosen(down)).toEqual(["beta", "Beta2", "gamma"]);
    expect(chosen(choose(down, list, 0, "stretch"))).toEqual(["alpha", "beta"]);
  });

  it("takes rows to it one by one, and all", () => {
    const two = choose(choose(NO_CHOICE, list, 0, "toggle"), list, 2, "toggle");
    expect(chosen(two)).toEqual(["alpha", "Beta2"]);
    expect(chosen(choose(two, list, 0, "toggle"))).toEqual(["Beta2"]);
    expect(chooseAll(two, list).names.size).toBe(4);
  });

  it("ends at the ends of the list", () => {
    expect(choose(NO_CHOICE, list, 99, "only").at).toBe(3);
    expect(choose(NO_CHOICE, list, -5, "only").at).toBe(0);
    expect(choose(NO_CHOICE, { length: 0, nameAt: () => undefined }, 0, "only")).toBe(NO_CHOICE);
  });

  it("forgets what is gone", () => {
    const all = chooseAll(choose(NO_CHOICE, list, 3, "only"), list);
    const fewer = { length: 2, nameAt: (at: number) => names[at] };
    expect(stillThere(all, fewer)).toMatchObject({ at: 1, names: new Set(["alpha", "beta"]) });
    expect(stillThere(all, list)).toBe(all);
  });

  it("goes to the next name that begins so", () => {
    expect(rowThatBegins(list, "be", 0)).toBe(1);
    expect(rowThatBegins(list, "be", 2)).toBe(2);
    expect(rowThatBegins(list, "be", 3)).toBe(1);
    expect(rowThatBegins(list, "x", 0)).toBeUndefined();
  });
});
