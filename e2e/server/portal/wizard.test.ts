import { ROUTES } from "@sluice/api";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { clientOf } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const { signIn } = useBrowser();

/** Milliseconds for a cluster to be made, changed or deleted. */
const WORK = 240_000;

const editor = (page: Page) => page.getByRole("textbox", { name: "Cluster file, YAML" });
const goTo = (page: Page, step: string) =>
  page.getByRole("navigation", { name: "Steps" }).getByRole("button", { name: step }).click();

async function fileOf(cluster: string): Promise<string> {
  const { text } = await clientOf("admin").call(ROUTES.getClusterFile, { params: { cluster } });
  return text;
}

describe("the wizard", () => {
  it(
    "makes a cluster from steps and text, changes it, and it is deleted by typing its name",
    async () => {
      const page = await signIn("admin", "/clusters/new");
      await page.getByLabel("Name of the cluster").fill("wizard-lab");

      // What is typed in the text is judged at its line and shown in its step.
      await editor(page).click();
      await page.keyboard.press("Control+End");
      await page.keyboard.insertText("SharedStorage:\n  - Name: data\n    MountDir: /data\n");
      await page.getByText("StorageType is missing", { exact: false }).first().waitFor();
      await goTo(page, "Storage");
      await expectAccessible(page);
      await page.getByRole("button", { name: "Kind" }).click();
      await page.getByRole("option", { name: "A folder of the host" }).click();
      await page.getByText("Nothing is wrong with it").waitFor();

      // What is chosen in a step is in the text, whose comments stay.
      await goTo(page, "Queues");
      await page.getByLabel("At most").fill("2");
      await page.reload();
      await goTo(page, "Review");
      await page.getByText("Boot the head", { exact: false }).waitFor();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Create the cluster" }).click();
      await page.getByRole("link", { name: "Go to the cluster" }).waitFor({ timeout: WORK });
      const made = await fileOf("wizard-lab");
      expect(made).toMatch(/MaxCount: 2 #/);
      expect(made).toContain("StorageType: Local");

      await page.goto("/clusters/wizard-lab/edit?step=queues");
      await page.getByRole("button", { name: "Add a queue" }).click();
      await page.getByLabel("Name", { exact: true }).nth(2).fill("night");
      await goTo(page, "Review");
      await page.getByText("This is applied at once", { exact: false }).waitFor();
      await page.getByText("Scheduling.SlurmQueues[night]", { exact: true }).waitFor();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Apply the change" }).click();
      await page.getByRole("link", { name: "Go to the cluster" }).waitFor({ timeout: WORK });
      expect(await fileOf("wizard-lab")).toContain("- Name: night");

      await page.getByRole("link", { name: "Go to the cluster" }).click();
      await page.getByRole("button", { name: "Actions" }).click();
      await page.getByRole("menuitem", { name: "Delete the cluster" }).click();
      await page.getByLabel("To confirm, type wizard-lab").fill("wizard-lab");
      await page.getByRole("dialog").getByRole("button", { name: "Delete the cluster" }).click();
      await expect
        .poll(
          async () => {
            const { items } = await clientOf("admin").call(ROUTES.listClusters, {});
            return items.map(({ clusterName }) => clusterName);
          },
          { timeout: WORK },
        )
        .not.toContain("wizard-lab");
    },
    3 * WORK,
  );

  it("says what a cluster cannot have, before anything is done", async () => {
    const page = await signIn("admin", "/clusters/demo/edit?step=review", { theme: "dark" });
    const former = await fileOf("demo");
    await editor(page).click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(former.replace("debian13", "debian12"));
    await page.getByText("Not possible").waitFor();
    expect(await page.getByRole("button", { name: "Apply the change" }).isDisabled()).toBe(true);
    await expectAccessible(page);
    expect(await fileOf("demo")).toBe(former);
  });

  it("is for administrators", async () => {
    for (const person of ["olga", "ada"] as const) {
      const page = await signIn(person, "/clusters/new");
      await page.getByText("You may not see this").waitFor();
      await page.goto("/clusters/demo/edit");
      await page.getByText("You may not see this").waitFor();
    }
  });
});
