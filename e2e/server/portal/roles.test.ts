import { jobsRoutes, runsRoutes } from "@sluice/api";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { clientOf, type Person } from "../site.ts";
import { useBrowser } from "./browser.ts";

const browser = useBrowser();

const SEEN: Readonly<Record<Person, readonly string[]>> = {
  admin: ["Home", "Jobs", "Submit", "Shell", "Clusters", "Applications", "Administration"],
  olga: ["Home", "Jobs", "Submit", "Clusters", "Applications"],
  ada: ["Home", "Jobs", "Submit", "Shell", "Clusters", "Applications", "Triggers"],
  ben: ["Home", "Runs", "Files"],
  rita: ["Home", "Jobs", "Runs", "Clusters", "Accounting"],
};
const NOT_SEEN: Readonly<Record<Person, readonly string[]>> = {
  admin: [],
  olga: ["Administration"],
  ada: ["Administration"],
  ben: ["Administration"],
  rita: ["Administration", "Submit", "Shell", "Applications", "Triggers"],
};

test.each(Object.keys(SEEN) as Person[])("%s has the pages of that role", async (person) => {
  const page = await browser.signIn(person);
  const pages = page.getByRole("navigation", { name: "Pages" });
  const names = await pages.getByRole("link").allTextContents();
  expect(names).toEqual(expect.arrayContaining([...SEEN[person]]));
  expect(names.filter((name) => NOT_SEEN[person].includes(name))).toEqual([]);
});

/** What a page says whose thing is not there, or not for who asks. */
const REFUSED =
  /There is no such|You may not see this|no permission|There is no job|There is no run|is not there|not found/i;

async function expectRefused(page: Page, path: string, secret: string): Promise<void> {
  await page.goto(path);
  await page.getByRole("main").getByText(REFUSED).first().waitFor();
  expect(await page.getByRole("main").textContent()).not.toContain(secret);
}

test("what is another's is reached by no address", async () => {
  const ben = clientOf("ben");
  const params = { cluster: "demo" };
  const { jobId } = await ben.call(jobsRoutes.submitJob, {
    params,
    body: { script: "#!/bin/sh\necho hush", options: ["--job-name=bens-secret", "--hold"] },
  });
  const run = await ben.call(runsRoutes.createRun, {
    body: { application: "script", cluster: "demo", name: "bens-secret", draft: true },
  });
  const page = await browser.signIn("ada");
  await expectRefused(page, `/jobs/demo/${jobId}`, "bens-secret");
  await expectRefused(page, `/runs/${run.id}`, "bens-secret");
  await expectRefused(page, `/submit/script?run=${run.id}`, "bens-secret");
  await expectRefused(page, "/files/demo?path=/home/ben", "bens-secret");
  await expectRefused(page, "/administration", "olga");
  await expectRefused(page, "/clusters/new", "HeadNode");
  await page.goto("/jobs?text=bens-secret");
  await page.getByText("Nothing matches").first().waitFor();
  await ben.call(jobsRoutes.cancelJob, { params: { ...params, job: `${jobId}` } });
  await ben.call(runsRoutes.deleteRun, { params: { run: run.id } });
});
