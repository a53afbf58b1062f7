import { clustersRoutes, jobsRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { clientOf, SMALL_CLUSTER } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const browser = useBrowser();

/** Milliseconds that making, stopping or removing a small cluster may take on a busy machine. */
const LONG = 120_000;

test("an operator finds a node on the map, drains it with a reason and lets it go again", async () => {
  const page = await browser.signIn("olga", "/clusters");
  await page.getByRole("link", { name: "demo", exact: true }).click();
  await page.getByRole("tab", { name: "Nodes" }).click();
  const pictures = page.getByRole("img", { name: /nodes? of burst, light/ });
  await pictures.waitFor();
  await expectAccessible(page);

  // By the keyboard: from the first node to the first of the next group, and two to the right.
  const cursor = page.locator("button.node-cursor");
  await cursor.focus();
  expect(await cursor.getAttribute("aria-label")).toMatch(/^cpu-dy-small-1, /);
  for (const key of ["PageDown", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  await expect.poll(() => cursor.getAttribute("aria-label")).toMatch(/^burst-dy-light-3, /);
  expect(await page.getByRole("tooltip").textContent()).toContain("burst-dy-light-3");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Node burst-dy-light-3" });
  await panel.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: /^Drain/ }).click();
  await panel.getByLabel("Why it is drained").fill("its fan is loud");
  await panel.getByRole("button", { name: "Drain" }).click();
  await panel.getByText("its fan is loud (olga)").first().waitFor();
  await page.getByRole("button", { name: "Drained 1" }).waitFor();
  await expectAccessible(page);

  // Who opens the address sees the same.
  expect(new URL(page.url()).search).toBe("?tab=nodes&node=burst-dy-light-3");
  await page.getByText("Table", { exact: true }).click();
  await page.getByRole("button", { name: /^Drained/ }).click();
  await page.getByRole("row", { name: /burst-dy-light-3 .*its fan is loud/ }).waitFor();
  await panel.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: /^Resume/ }).click();
  await page.getByRole("button", { name: "Drained 0" }).waitFor();
});

test("a user sees nodes and queues, of others' jobs only that there are some, and can change nothing", async () => {
  const client = clientOf("ben");
  const params = { cluster: "demo" };
  const { jobId } = await client.call(jobsRoutes.submitJob, {
    params,
    body: {
      script: "#!/bin/sh\nsleep 600\n",
      options: ["--partition=burst", "--job-name=bens-own", "--nodes=1", "--exclusive"],
    },
  });
  try {
    const page = await browser.signIn("ada", "/clusters/demo?tab=nodes&show=b");
    await page.getByRole("button", { name: /^Busy [1-9]/ }).waitFor();
    const query = { does: "busy", queue: "burst" } as const;
    const { items } = await client.call(clustersRoutes.listNodes, { params, query });
    await page.goto(`/clusters/demo?tab=nodes&node=${items[0]?.name}`);
    const panel = page.getByRole("complementary");
    await panel.getByText("1 job of others").waitFor();
    expect(await page.getByRole("main").textContent()).not.toContain("bens-own");
    expect(await page.getByRole("tab").allInnerTexts()).toEqual([
      "Overview",
      "Nodes",
      "Queues",
      "Operations",
    ]);
    expect(await page.getByRole("main").getByRole("button", { name: "Actions" }).count()).toBe(0);
    await page.goto("/clusters/demo?tab=logs");
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Overview");
    await page.goto("/clusters/nowhere");
    await page.getByText("There is no such page").waitFor();
  } finally {
    await client.call(jobsRoutes.cancelJob, { params: { ...params, job: `${jobId}` } });
  }
});

test("a cluster is watched while it is made, its fleet stopped and started, and deleted by its name", {
  timeout: 4 * LONG,
}, async () => {
  const admin = clientOf("admin");
  const page = await browser.signIn("admin", "/clusters");
  page.setDefaultTimeout(LONG);
  await page.getByRole("link", { name: "Create cluster" }).waitFor();
  const body = { clusterName: "shown", clusterConfiguration: SMALL_CLUSTER };
  await admin.call(clustersRoutes.createCluster, { body });
  await page.getByText("Creating cluster shown").waitFor();
  await page.getByRole("link", { name: "Go to cluster shown" }).click();
  await page.getByRole("tab", { name: "Operations" }).waitFor();
  await page.getByRole("button", { name: /Creating cluster shown Done/ }).waitFor();

  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Stop the fleet" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop the fleet" }).click();
  await page.getByRole("tab", { name: "Overview" }).click();
  await page.getByText("The fleet is stopped").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Start the fleet" }).click();
  await page.getByText("The fleet is stopped").waitFor({ state: "detached" });

  for (const tab of ["Queues", "Machines", "Events", "Logs", "Cluster file"]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("tabpanel").getByRole("heading", { name: tab }).first().waitFor();
    await expectAccessible(page);
  }
  await page.getByText("MaxCount: 2").waitFor();

  await expect
    .poll(
      async () => {
        await page.getByRole("button", { name: "Actions" }).click();
        const item = page.getByRole("menuitem", { name: "Delete the cluster" });
        const isBusy = await item.getAttribute("aria-disabled");
        await page.keyboard.press("Escape");
        return isBusy;
      },
      { timeout: LONG },
    )
    .not.toBe("true");
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Delete the cluster" }).click();
  const dialog = page.getByRole("dialog");
  const remove = dialog.getByRole("button", { name: "Delete the cluster" });
  await dialog.getByLabel("To confirm, type shown").fill("show");
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByLabel("To confirm, type shown").fill("shown");
  await remove.click();
  await page.getByText("Deleting cluster shown: done").waitFor();
  await page.waitForURL("**/clusters");
  await page.getByRole("link", { name: "shown", exact: true }).waitFor({ state: "detached" });
});
