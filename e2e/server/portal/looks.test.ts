import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { siteOfServer } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const browser = useBrowser();

/** Pictures go there: to be looked at, not compared. */
function folder(): string {
  const path = process.env.SLUICE_PICTURES ?? join(siteOfServer().site.run.folder, "pictures");
  mkdirSync(path, { recursive: true });
  return path;
}

const PAGES: readonly (readonly [name: string, path: string, title: string])[] = [
  ["home", "/", "Home"],
  ["jobs", "/jobs", "Jobs"],
  ["submit", "/submit", "Submit"],
  ["submit-script", "/submit/script", ""],
  ["batch-job", "/submit-script", ""],
  ["applications", "/applications", "Applications"],
  ["application", "/applications/script", ""],
  ["runs", "/runs", "Runs"],
  ["files", "/files", "Files"],
  ["shell", "/shell", "Shell"],
  ["clusters", "/clusters", "Clusters"],
  ["cluster", "/clusters/demo", "demo"],
  ["cluster-nodes", "/clusters/demo?tab=nodes", "demo"],
  ["cluster-new", "/clusters/new", ""],
  ["cluster-edit", "/clusters/demo/edit", ""],
  ["accounting", "/accounting", "Accounting"],
  ["administration", "/administration", ""],
  ["triggers", "/triggers", "Triggers"],
  ["account", "/account", "My account"],
  ["nowhere", "/nowhere", ""],
];

async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await expect.poll(() => page.getByText("Loading", { exact: true }).count()).toBe(0);
}

test.each(["light", "dark"] as const)(
  "every page in %s can be read by everybody",
  async (theme) => {
    const page = await browser.signIn("admin", "/", { theme });
    for (const [name, path, title] of PAGES) {
      await page.goto(path);
      await settled(page);
      if (title !== "") expect(await page.title()).toContain(title);
      await page.screenshot({ path: join(folder(), `${name}-${theme}.png`) });
      await expectAccessible(page);
    }
  },
);

test("signing in can be read by everybody", async () => {
  for (const theme of ["light", "dark"] as const) {
    const page = await browser.visit("/", { theme });
    await page.getByLabel("Password").waitFor();
    await page.screenshot({ path: join(folder(), `sign-in-${theme}.png`) });
    await expectAccessible(page);
  }
});
