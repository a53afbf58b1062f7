import { readFile } from "node:fs/promises";
import { jobsRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { clientOf, siteOfServer } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const browser = useBrowser();
const { cluster } = siteOfServer();

const submit = async (script: string, options: readonly string[]) =>
  (
    await clientOf("ada").call(jobsRoutes.submitJob, {
      params: { cluster: "demo" },
      body: { script: `#!/bin/sh\n${script}\n`, options: ["--partition=burst", ...options] },
    })
  ).jobId;

test("home shows a job as it comes and goes, what failed, and where one may wait", async () => {
  const page = await browser.signIn("ada");
  const mine = page.getByRole("table", { name: "My jobs now" });
  await page.getByRole("heading", { name: "My jobs now" }).waitFor();
  await expectAccessible(page);
  const live = await submit("sleep 300", ["--job-name=seen-live"]);
  // Without a reload.
  await mine.getByRole("link", { name: "seen-live" }).waitFor();
  await mine.getByText("Running").waitFor();
  const failing = await submit("exit 7", ["--job-name=went-wrong"]);
  const news = page.getByRole("list", { name: "Broken or new" });
  await news.getByText("ended with exit code 7").waitFor();
  await clientOf("ada").call(jobsRoutes.cancelJob, {
    params: { cluster: "demo", job: `${live}` },
  });
  await mine.getByRole("link", { name: "seen-live" }).waitFor({ state: "hidden" });
  const queues = page.getByRole("table", { name: "Queues" });
  expect(await queues.getByRole("row").count()).toBe(3);
  await news.getByRole("link", { name: `Job ${failing} (went-wrong)` }).click();
  await page.waitForURL(`**/jobs/demo/${failing}`);
});

test("home of who has no Unix user says so, and shows nobody's jobs", async () => {
  const page = await browser.signIn("rita");
  await page.getByText("Your account has no Unix user").waitFor();
  expect(await page.getByRole("table", { name: "My jobs now" }).count()).toBe(0);
  await page.getByRole("table", { name: "Queues" }).waitFor();
});

test("use is shown by user and over time, filtered in the address, and saved", async () => {
  const id = await submit("sleep 2", ["--job-name=counted"]);
  await cluster.until(
    "it to be over",
    async () => (await cluster.ok("root", `squeue -h -j ${id} -t all -o %T`)) !== "RUNNING",
    60,
  );
  const page = await browser.signIn("olga", "/accounting?span=7d");
  const table = page.getByRole("table", { name: "The same as a table" });
  await table.getByRole("rowheader", { name: "ada" }).waitFor({ timeout: 90_000 });
  await page.getByRole("heading", { name: "CPU-hours by user" }).waitFor();
  await expectAccessible(page);

  const picture = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as PNG" }).click();
  const content = await readFile(await (await picture).path());
  expect(content.subarray(1, 4).toString()).toBe("PNG");
  expect(content.length).toBeGreaterThan(5000);

  await page.goto("/accounting?span=7d&by=partition&user=ada&show=jobs");
  await page.getByRole("heading", { name: "Jobs that ended by queue" }).waitFor();
  await table.getByRole("rowheader", { name: "burst" }).waitFor();
  const csv = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const lines = (await readFile(await (await csv).path(), "utf8")).split("\r\n");
  expect(lines[0]).toMatch(/^day,partition,jobs,/);
  await page.getByRole("button", { name: "Clear the filters" }).click();
  expect(new URL(page.url()).searchParams.has("user")).toBe(false);

  const own = await browser.signIn("ben", "/accounting?by=user");
  await own.getByText("You see what your own jobs used").waitFor();
  expect(await own.getByRole("rowheader", { name: "ada" }).count()).toBe(0);
});
