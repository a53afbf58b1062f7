import { ROUTES, type RunView } from "@sluice/api";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { clientOf } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const { signIn } = useBrowser();

/** Milliseconds for a job to be over. */
const JOB = 120_000;

const submitButton = (page: Page) => page.getByRole("button", { name: "Submit", exact: true });
const runsNamed = async (name: string): Promise<readonly RunView[]> => {
  const { items } = await clientOf("ada").call(ROUTES.listRuns, { query: { search: name } });
  return items.filter((run) => run.name === name && run.state !== "draft");
};
const script = (words: string) => ({
  name: "my script.sh",
  mimeType: "text/x-sh",
  buffer: Buffer.from(`#!/bin/sh\n${words}\n`),
});

async function outputOf(run: string): Promise<string> {
  const client = clientOf("ada");
  await expect
    .poll(async () => (await client.call(ROUTES.getRun, { params: { run } })).state, {
      timeout: JOB,
      interval: 500,
    })
    .toBe("done");
  const path = { path: "output.log" };
  return (await client.stream(ROUTES.readRunFile, { params: { run }, query: path })).text();
}

describe("a form", () => {
  test(
    "says what is missing, takes an input, survives a reload, and makes one run",
    async () => {
      const page = await signIn("ada", "/submit");
      await page.getByRole("link", { name: "Script" }).first().waitFor();
      await expectAccessible(page);
      await page.getByLabel("Find an application").fill("shell script");
      await page.getByRole("link", { name: "Script" }).first().click();

      await page.getByText("1 thing is to be done").waitFor();
      await submitButton(page).click();
      await page.getByText("A value is needed.").waitFor();
      expect(
        await page
          .getByLabel("Script")
          .first()
          .evaluate((one) => one.matches(":focus")),
      ).toBe(true);
      await expectAccessible(page);

      await page.getByRole("button", { name: "Choose", exact: true }).click();
      await page.getByRole("dialog").getByText("Home").first().waitFor();
      await expectAccessible(page);
      await page.keyboard.press("Escape");

      await page.locator("input[type=file]").setInputFiles(script("echo from the form $1"));
      await page.getByText("uploaded for this run").waitFor();
      await page.getByLabel("Arguments").fill("'with two words'");
      await page.getByPlaceholder("Script", { exact: true }).fill("from the form");
      await page.getByLabel("Time limit").fill("soon");
      await page.getByText("is wanted", { exact: false }).first().waitFor();
      await page.getByLabel("Time limit").fill("5m");
      await page.getByText("Ready", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Script and options" }).click();
      await page.getByText("--time=00:05:00").waitFor();
      await page.getByText("'with two words'").last().waitFor();

      await page.reload();
      await page.getByText("uploaded for this run").waitFor();
      await page.getByText("Ready", { exact: true }).waitFor();
      await submitButton(page).dblclick();
      await page.waitForURL(/\/runs\/[\w-]{36}$/);
      const [run, ...more] = await runsNamed("from the form");
      expect(more).toEqual([]);
      expect(page.url()).toContain(run?.id ?? "nothing");
      expect(await outputOf(run?.id ?? "")).toContain("from the form with two words");

      // Again, with a change: the input comes along into a folder of its own.
      await page.goto(`/submit/script?run=${run?.id}`);
      await page.getByText("from the run before").waitFor();
      await page.getByLabel("Arguments").fill("again");
      await page.getByRole("textbox", { name: "Name" }).fill("from the form again");
      await page.getByText("Ready", { exact: true }).waitFor();
      await submitButton(page).click();
      await page.waitForURL((url) => url.pathname.startsWith("/runs/"));
      const [second] = await runsNamed("from the form again");
      expect(second?.values).toMatchObject({ script: "inputs/my script.sh", arguments: "again" });
      expect(await outputOf(second?.id ?? "")).toContain("from the form again");
    },
    2 * JOB,
  );

  test("makes one run though the answer to its submission was lost", async () => {
    const page = await signIn("ada", "/submit/script", { theme: "dark" });
    await page.getByLabel("Script").first().fill("/etc/profile");
    await page.getByRole("textbox", { name: "Name" }).fill("answer lost");
    await page.getByText("Ready", { exact: true }).waitFor();
    await page.route(
      (url) => url.pathname === "/api/v1/runs",
      async (route) => {
        if (route.request().method() === "POST") await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await submitButton(page).click();
    await page.getByText("The server did not answer", { exact: false }).waitFor();
    await expectAccessible(page);
    await submitButton(page).click();
    await page.waitForURL((url) => url.pathname.startsWith("/runs/"));
    expect(await runsNamed("answer lost")).toHaveLength(1);
  });

  test("is not for those who may only look", async () => {
    const page = await signIn("rita", "/submit/script");
    await page.getByText("It needs the role User", { exact: false }).waitFor();
    await page.goto("/applications/new");
    await page.getByText("It needs the role User", { exact: false }).waitFor();
  });
});

describe("applications", () => {
  const text = (title: string, field: string) => `Name: portal-made
Title: ${title}
Fields:
  - { Name: ${field}, Type: integer, Label: How many, Default: 3 }
Script: |
  echo {{${field}}}
`;
  const editor = (page: Page) => page.getByRole("textbox", { name: "YAML" });
  const write = async (page: Page, yaml: string) => {
    await editor(page).click();
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await page.keyboard.insertText(yaml);
  };

  test("are written with their form beside them, published, shared, and never lost", async () => {
    const page = await signIn("ben", "/applications/new");
    await page.getByText("No errors", { exact: true }).waitFor();
    await expectAccessible(page);
    await write(page, text("Made here", "count").replace("Title", "Titel"));
    await page.getByText('"Titel" is not a key', { exact: false }).first().waitFor();
    await write(page, text("Made here", "count"));
    await page.getByLabel("How many").waitFor();
    await page.getByText("echo 3").waitFor();
    await page.getByLabel("How many").fill("7");
    await page.getByText("echo 7").waitFor();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForURL(/\/applications\/portal-made$/);
    await page.getByText("Draft", { exact: true }).waitFor();

    // Another window saved meanwhile: both are shown, and nothing is lost unasked.
    await clientOf("ben").call(ROUTES.saveApplication, {
      body: { text: text("Another window", "count"), note: "by a program" },
    });
    await write(page, text("Mine", "count"));
    await page.getByLabel("What changed").fill("by hand");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("ben saved it meanwhile").waitFor();
    await page.getByText("Title: Another window").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Save mine over it" }).click();
    await page.getByText("Version 3 is saved").waitFor();

    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Versions" }).click();
    const versions = page.getByRole("dialog");
    await versions.getByText("by a program").waitFor();
    await versions.getByText("Title: Another window").waitFor();
    await expectAccessible(page);
    await versions.getByRole("button", { name: "Publish this version" }).click();
    await versions.waitFor({ state: "hidden" });
    await page.getByText("Version 3 published").waitFor();
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Share" }).click();
    const share = page.getByRole("dialog");
    await share.getByRole("button", { name: "Add" }).click();
    await share.getByLabel("Name").fill("ada");
    await share.getByRole("button", { name: "Save" }).click();
    await share.waitFor({ state: "hidden" });

    // What is not saved is not left by accident.
    await write(page, text("Half", "count"));
    await page.getByRole("link", { name: "Runs" }).click();
    await page.getByText("What you changed here is lost.").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();

    const ada = await signIn("ada", "/applications");
    await ada.getByRole("link", { name: "Mine" }).waitFor();
    await expectAccessible(ada);
    await ada.goto("/applications/portal-made");
    await ada.getByText("To change it, make a copy", { exact: false }).waitFor();
    await ada.goto("/submit/portal-made");
    await ada.getByText("Ready", { exact: true }).waitFor();
  });
});
