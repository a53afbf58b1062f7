import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { launchApart } from "../e2e/browser/apart.ts";
import { measureViewers } from "./portal-viewers.ts";
import { add } from "./report.ts";

const BUILD = resolve(
  fileURLToPath(new URL("..", import.meta.url)),
  process.env.SLUICE_DIST ?? "dist",
  "portal",
);
const VISITS = 5;
const TURNS = 10;

/** The page of jobs in a browser, over 100,000 of them; then how slurmctld bears those who look. */
export async function measurePortal(): Promise<void> {
  const program = fileURLToPath(new URL("portal-process.ts", import.meta.url));
  const flags = ["--disable-warning=ExperimentalWarning", program, BUILD];
  const running = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [port] = (await once(running.stdout.setEncoding("utf8"), "data")) as [string];
    await using browser = await launchApart([Number(port)]);
    await measurePage(browser, `http://127.0.0.1:${port.trim()}`);
    await browser.close();
  } finally {
    running.kill();
  }
  await measureViewers();
}

async function measurePage(browser: Browser, url: string): Promise<void> {
  const first: number[] = [];
  const size: number[] = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const begun = performance.now();
    await page.goto(`${url}/jobs`);
    await rows(page);
    first.push(performance.now() - begun);
    size.push(await loadedKb(page));
    await context.close();
  }
  add("the page of jobs, 100,000 of them: from nothing to the first rows", "ms", first, 1500);
  add("  all that was loaded for it, compressed", "KB", size);

  const page = await (
    await browser.newContext({ viewport: { width: 1280, height: 900 } })
  ).newPage();
  await page.goto(`${url}/jobs`);
  await rows(page);
  const find: number[] = [];
  const next: number[] = [];
  const filter: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const sought = `sample-${(turn + 1) * 7919}`;
    await page.getByRole("searchbox").first().fill(sought);
    find.push(await until(page, `(row) => row.includes("${sought}")`));
    await page.getByRole("searchbox").first().fill("");
    await until(page, `(row) => !row.includes("${sought}")`);
    const before = await firstRow(page);
    await page.getByRole("button", { name: "Next page" }).click();
    next.push(await until(page, `(row) => row !== ${JSON.stringify(before)}`));
    await page.getByRole("button", { name: /^Failed/ }).click();
    filter.push(await until(page, `(row) => row.includes("Failed")`));
    await page.getByRole("button", { name: /^All/ }).click();
    await until(page, `(row) => !row.includes("Failed")`);
  }
  add("  words typed to the rows that have them, with the pause after a key", "ms", find, 500);
  add("  a state chosen", "ms", filter, 300);
  add("  the next page", "ms", next, 100);
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  add("  memory of the page's program after that", "MB", [usedSize / 2 ** 20], 100);
}

async function rows(page: Page): Promise<void> {
  await page.locator("tbody tr").nth(20).waitFor();
}

const FIRST = "document.querySelector('tbody tr')?.textContent ?? ''";

const firstRow = (page: Page): Promise<string> => page.evaluate(FIRST);

/** Milliseconds until the first row is as it should be, looked at with each frame. */
async function until(page: Page, isSo: string): Promise<number> {
  const begun = performance.now();
  await page.waitForFunction(`(${isSo})(${FIRST})`, undefined, { polling: "raf" });
  return performance.now() - begun;
}

function loadedKb(page: Page): Promise<number> {
  return page.evaluate(
    `performance.getEntriesByType("resource")
      .filter(({ name }) => name.includes("/assets/"))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1024`,
  );
}
