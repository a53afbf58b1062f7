import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { authenticationRoutes } from "@sluice/api";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchApart } from "../../browser/apart.ts";
import { PASSWORD, type Person, serverSite } from "../site.ts";

/** Milliseconds for what a person would wait for without a thought, on a busy machine. */
const PATIENCE = 20_000;

export interface VisitOptions {
  readonly theme?: "light" | "dark";
  readonly width?: number;
  readonly timeZone?: string;
}

export interface Visits {
  /** Signed in, at the path; the browser is nobody else's. */
  signIn(person: Person, path?: string, options?: VisitOptions): Promise<Page>;
  /** Signed in by nobody. */
  visit(path: string, options?: VisitOptions): Promise<Page>;
  /** What is expected to go wrong in the page from here on, as while its server is killed. */
  forgive(page: Page): void;
}

/**
 * A browser for the tests of a file. After each test its pages are closed, and it fails if one of
 * them had an error, broke its own policy, or asked anybody but the server.
 */
export function useBrowser(): Visits {
  let browser: Browser;
  const contexts = new Set<BrowserContext>();
  const complaints: string[] = [];
  const forgiven = new WeakSet<Page>();

  beforeAll(async () => {
    browser = await launchApart([Number(new URL(serverSite().url).port)]);
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await Promise.all([...contexts].map((context) => context.close()));
    contexts.clear();
    expect(complaints.splice(0)).toEqual([]);
  });

  const open = async ({ theme = "light", width = 1280, timeZone = "UTC" }: VisitOptions) => {
    const context = await browser.newContext({
      baseURL: serverSite().url,
      viewport: { width, height: 900 },
      colorScheme: theme,
      locale: "en-GB",
      timezoneId: timeZone,
      reducedMotion: "reduce",
    });
    contexts.add(context);
    context.setDefaultTimeout(PATIENCE);
    return context;
  };
  const watch = (page: Page): void => {
    const note = (what: string): void => {
      if (!forgiven.has(page)) complaints.push(`${page.url()}: ${what}`);
    };
    page.on("pageerror", (error) => note(error.stack ?? error.message));
    page.on("console", (message) => {
      // A refusal of the server's is told to who asks; that there was one is no fault of the page.
      const isRefusal = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isRefusal) note(message.text());
    });
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== serverSite().url && !/^(data|blob):$/.test(protocol)) {
        note(`asked ${request.url()}`);
      }
    });
    page.on("response", (response) => {
      if (response.status() >= 500 && response.status() !== 503) {
        note(`${response.status()} of ${response.url()}`);
      }
    });
  };
  return {
    async signIn(person, path = "/", options = {}) {
      const context = await open(options);
      const answer = await context.request.post(authenticationRoutes.signIn.path, {
        data: { name: person, password: PASSWORD },
      });
      expect(answer.status()).toBe(200);
      const page = await context.newPage();
      watch(page);
      await page.goto(path);
      await page.getByRole("navigation", { name: "Pages" }).waitFor();
      return page;
    },
    async visit(path, options = {}) {
      const page = await (await open(options)).newPage();
      watch(page);
      await page.goto(path);
      return page;
    },
    forgive: (page) => void forgiven.add(page),
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with what would keep somebody from using the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] })",
  )) as AxeResults;
  const serious = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
  expect(serious, page.url()).toEqual([]);
}
