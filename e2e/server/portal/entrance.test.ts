import { readFileSync } from "node:fs";
import { join } from "node:path";
import { usersRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { clientOf, PASSWORD, serverSite, siteOfServer, startServerAgain } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const browser = useBrowser();

test("an invitation leads to a password, to the pages, and out again", async () => {
  const admin = clientOf("admin");
  const made = await admin.call(usersRoutes.createUser, {
    body: { name: "newcomer", displayName: "New Comer", grants: [{ role: "user" }] },
  });
  const page = await browser.visit(new URL(made.link.url).hash.replace(/^/, "/"));
  await page.getByText("Welcome, newcomer").waitFor();
  await expectAccessible(page);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("fewer than 12").waitFor();
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByLabel("The same again").fill(PASSWORD);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  // The link is in no address any more.
  expect(new URL(page.url()).hash).toBe("");
  expect(await page.getByRole("link", { name: "Administration" }).count()).toBe(0);

  await page.getByRole("button", { name: "Signed in as New Comer" }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor();

  const again = await browser.visit(new URL(made.link.url).hash.replace(/^/, "/"));
  await again.getByText("can not be used").waitFor();
  await admin.call(usersRoutes.deleteUser, { params: { user: made.user.id } });
});

test("a wrong password is said so; the right one leads where one wanted to go", async () => {
  const page = await browser.visit("/jobs?find=x");
  await page.getByLabel("Name").fill("ada");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("do not go together").first().waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/jobs");
});

test("the page says what it may load, and loads nothing else", async () => {
  const { url } = serverSite();
  const answer = await fetch(`${url}/jobs`, { headers: { accept: "text/html" } });
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src 'self';/);
  expect(policy).not.toMatch(/unsafe|https?:/);
  const again = await fetch(`${url}/`, { headers: { accept: "text/html" } });
  expect(again.headers.get("content-security-policy")).not.toBe(policy);
  // What is no page is none for browsers either.
  for (const path of ["/api/v1/nothing", "/assets/nothing.js", "/slurm/nothing", "/v3/nothing"]) {
    const none = await fetch(`${url}${path}`, { headers: { accept: "text/html" } });
    expect(none.status, path).toBeGreaterThanOrEqual(400);
    expect(none.headers.get("content-type"), path).not.toContain("html");
  }
});

test("a server that goes away is said so, and what was shown stays; it is back by itself", async () => {
  const page = await browser.signIn("ada", "/jobs");
  await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
  browser.forgive(page);
  await siteOfServer().site.sluice(["server", "stop"]);
  try {
    await page.getByText("The server can not be reached").waitFor();
    expect(await page.getByRole("heading", { name: "Jobs", level: 1 }).isVisible()).toBe(true);
  } finally {
    await startServerAgain();
  }
  await page.getByText("The server can not be reached").waitFor({ state: "hidden" });
});

/** Bytes that a first visit may load, compressed as they are: for those with a slow line. */
const FIRST_LOAD = 350_000;

test("what a first visit loads is small", async () => {
  const page = await browser.signIn("ada");
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
  const bytes = await page.evaluate(
    "performance.getEntriesByType('resource')" +
      ".filter(({ name }) => !name.includes('/api/'))" +
      ".reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)",
  );
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThanOrEqual(FIRST_LOAD);
});

test("without the database live jobs are shown, and what it has says so and comes back", async () => {
  const { site } = siteOfServer();
  const page = await browser.signIn("ada", "/jobs");
  await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
  const pid = Number(readFileSync(join(site.state, "server", "database", "mariadbd.pid"), "utf8"));
  process.kill(pid, "SIGSTOP");
  try {
    await page.getByRole("link", { name: "Clusters" }).click();
    await page.getByRole("link", { name: "demo", exact: true }).waitFor();
    await page.getByRole("link", { name: "Accounting" }).click();
    await page
      .getByText(/can not be shown while the portal.s database/)
      .first()
      .waitFor();
    await page.getByText("Nothing can be submitted or changed").waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Jobs", exact: true }).click();
    await page.getByRole("table", { name: "Jobs" }).waitFor();
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await page.getByText("Nothing can be submitted or changed").waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "Accounting" }).click();
  await page.getByRole("heading", { name: "Accounting", level: 1 }).waitFor();
  await expect.poll(() => page.getByText("can not be shown while").count()).toBe(0);
});
