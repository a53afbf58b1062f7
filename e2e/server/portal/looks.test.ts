import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type SiteView, survivalRoutes } from "@sluice/api";
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
  ["moved-jobs", "/moved-jobs", "Moved jobs"],
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
  const loading = page.getByText("Loading", { exact: true });
  await expect.poll(() => loading.count(), { timeout: 20_000 }).toBe(0);
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

const MACHINE = { state: "running", isReady: true };
const SERVER = { version: "1", since: "2026-01-01T00:00:00Z", state: "alive" } as const;

/** As a server of a site tells it, one of whose zones has no power. */
const HALF: SiteView = {
  ...{ siteName: "campus", siteStatus: "CREATE_COMPLETE", provider: "local" },
  zones: [
    { name: "a", state: "up", isLosable: false, ifLost: [{ kind: "last-zone" }] },
    { name: "b", state: "failed", isLosable: false, ifLost: [] },
  ],
  machines: [{ name: "site-a", zone: "a", ...MACHINE }],
  database: { primary: "site-a", inStep: [] },
  clusters: [
    {
      ...{ name: "demo", status: "CREATE_COMPLETE", standingBy: [], answers: true },
      leader: { machine: "head-1", zone: "a" },
      heads: [{ id: "m-1", machine: "head-1", zone: "a", role: "leading" }],
    },
  ],
  servers: [{ id: "1", host: "site-a", isThis: true, ...SERVER }],
  issues: [
    { kind: "zone-failed", severity: "error", zone: "b" },
    { kind: "database-alone", severity: "warning", machine: "site-a" },
    { kind: "cluster-alone", severity: "warning", cluster: "demo" },
  ],
};

test("a site tells whether a zone can be lost, and what is wrong, in words", async () => {
  for (const theme of ["light", "dark"] as const) {
    const page = await browser.signIn("olga", "/", { theme });
    // The server of these tests is of no site.
    await page.route(`**${survivalRoutes.getSite.path}`, (route) => route.fulfill({ json: HALF }));
    await page.route(`**${survivalRoutes.listSiteEvents.path}*`, (route) =>
      route.fulfill({ json: { items: [], incomplete: ["demo"] } }),
    );
    await page.goto("/site");
    await page.getByRole("heading", { name: "Site campus", level: 1 }).waitFor();
    await page.getByText("No zone can be lost now").waitFor();
    await page.getByText("Zone b is without power").waitFor();
    await page.getByText("Nobody notices. If site-a were lost too").waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Site" }).waitFor();
    await page.screenshot({ path: join(folder(), `site-${theme}.png`) });
    await expectAccessible(page);
  }
});
