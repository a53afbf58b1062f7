import { jobsRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { clientOf } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const browser = useBrowser();
const cluster = "demo";

async function submit(script: string, ...options: string[]): Promise<string> {
  const { jobId } = await clientOf("ada").call(jobsRoutes.submitJob, {
    params: { cluster },
    body: { script: `#!/bin/bash\n${script}\n`, options },
  });
  return `${jobId}`;
}

test("a failing job is seen to fail, and its page says why", async () => {
  const page = await browser.signIn("ada", "/jobs");
  const job = await submit("sleep 2; echo nothing to mesh >&2; exit 2", "--job-name=portal-mesh");
  // It comes and it ends without anybody loading the page again.
  const row = page.getByRole("row").filter({ hasText: "portal-mesh" });
  await row.first().waitFor();
  await row.getByText("Failed").waitFor({ timeout: 90_000 });
  await expectAccessible(page);
  await row.getByRole("link", { name: job }).click();
  await page.getByText("Its script ended with exit code 2.").first().waitFor();
  await page.getByText("Time line").waitFor();
  await page.getByText("Ended: failed").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "See its output" }).click();
  await page.getByText("nothing to mesh").waitFor();
  expect(new URL(page.url()).searchParams.get("tab")).toBe("output");
  await expectAccessible(page);
});

test("output is followed while the job runs, until somebody cancels it", async () => {
  const job = await submit(
    "for i in $(seq 1 2000); do echo line $i; sleep 0.2; done",
    "--job-name=portal-lines",
  );
  const page = await browser.signIn("ada", `/jobs/${cluster}/${job}?tab=output`);
  await page.getByText("line 3", { exact: false }).first().waitFor({ timeout: 90_000 });
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByLabel("Find in the text").fill("line 1");
  await page.getByText(/of \d+/).waitFor();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Cancel the job" }).click();
  await page.getByText(`Job ${job} was cancelled.`).waitFor();
  await page.getByText("Cancelled", { exact: true }).waitFor();
  await page.getByRole("tab", { name: "Overview" }).click();
  await page.getByText("It was cancelled by ada.").waitFor();
});

test("several jobs are cancelled at once, and filters stay in the address", async () => {
  const held = ["--hold", "--job-name=portal-held"];
  const jobs = [await submit("true", ...held), await submit("true", ...held)];
  const page = await browser.signIn("ada", "/jobs");
  await page.getByRole("button", { name: /^Waiting/ }).click();
  await page.getByLabel("Find by ID, name or node").fill("portal-held");
  await page.waitForURL(/show=waiting/);
  await page.waitForURL(/text=portal-held/);
  const rows = page.getByRole("row").filter({ hasText: "portal-held" });
  for (const job of jobs) await rows.getByRole("link", { name: job }).waitFor();
  for (const job of jobs) {
    await page.getByRole("checkbox", { name: `Select ${job} portal-held` }).check();
  }
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: /^Cancel \d+ jobs$/ }).click();
  await page.getByText(/^\d+ jobs cancelled$/).waitFor();
  await page.getByText("Nothing matches").waitFor();
  await page.reload();
  await page.getByText("Nothing matches").waitFor();
  await page.getByRole("button", { name: /^Cancelled/ }).click();
  for (const job of jobs) await rows.getByRole("link", { name: job }).waitFor();
});

test("a job is submitted again with changes", async () => {
  const job = await submit("echo first", "--job-name=portal-first", "--hold");
  const page = await browser.signIn("ada", `/jobs/${cluster}/${job}`);
  await page.getByRole("link", { name: "Resubmit" }).click();
  await page.getByRole("heading", { name: `Resubmit job ${job}` }).waitFor();
  await page.locator(".cm-content").waitFor();
  await expectAccessible(page);
  await page.getByLabel("Name", { exact: true }).fill("portal-second");
  await page.getByLabel("Other options").fill("hold");
  await page.getByRole("button", { name: "Submit", exact: true }).click();
  await page.getByText("Each line is one option").waitFor();
  await page.getByLabel("Other options").fill("--hold");
  await page.getByRole("button", { name: "Submit", exact: true }).click();
  await page.getByRole("heading", { name: "portal-second" }).waitFor();
  await page.getByText("Its user holds it.").waitFor();
  const again = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  for (const one of [job, again]) {
    await clientOf("ada").call(jobsRoutes.cancelJob, { params: { cluster, job: one } });
  }
});

test("another's job is nowhere to be found; who only reads can do nothing", async () => {
  const job = await submit("sleep 1", "--job-name=portal-private", "--hold");
  try {
    const ben = await browser.signIn("ben", "/jobs?text=portal-private");
    await ben.getByText("Nothing matches").waitFor();
    await ben.goto(`/jobs/${cluster}/${job}`);
    await ben.getByText("There is no such page").waitFor();
    await ben.goto(`/jobs/${cluster}/${job}/resubmit`);
    await ben.getByText("There is no such page").waitFor();
    const rita = await browser.signIn("rita", "/jobs");
    await rita.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
    expect(await rita.getByRole("button", { name: "Cancel", exact: true }).count()).toBe(0);
    const olga = await browser.signIn("olga", `/jobs/${cluster}/${job}`);
    await olga.getByRole("heading", { name: "portal-private" }).waitFor();
    await olga.getByRole("button", { name: "Cancel", exact: true }).waitFor();
  } finally {
    await clientOf("ada").call(jobsRoutes.cancelJob, { params: { cluster, job } });
  }
});
