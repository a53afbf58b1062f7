import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTerritory, type Root } from "./territory.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-territory-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const made = (name: string): Root => {
  const path = join(folder, name);
  mkdirSync(path);
  return { path, name };
};

it("is what the roots are now, and nothing of what they were", async () => {
  const [home, former, added] = [made("home"), made("former"), made("added")];
  for (const { path, name } of [former, added]) symlinkSync(path, join(home.path, `to-${name}`));
  let roots: readonly Root[] = [home, former];
  const territory = createTerritory(() => roots);
  const reached = async (): Promise<readonly string[]> => {
    const paths = [
      former.path,
      added.path,
      ...["former", "added"].map((n) => `${home.path}/to-${n}`),
    ];
    const found = await Promise.all(
      paths.map(async (path) => {
        try {
          await using _ = await territory.hold(path);
          return [path.slice(folder.length + 1)];
        } catch (error) {
          expect(error).toMatchObject({ code: "FILE_OUTSIDE" });
          return [];
        }
      }),
    );
    return found.flat();
  };
  expect(await reached()).toEqual(["former", "home/to-former"]);
  roots = [home, added];
  expect(await reached()).toEqual(["added", "home/to-added"]);
  expect(territory.roots).toBe(roots);
});
