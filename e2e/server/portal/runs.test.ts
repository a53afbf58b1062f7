import { filesRoutes, runsRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { clientOf } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const browser = useBrowser();

/** A run of a script, in its folder when it begins. */
async function runOf(name: string, script: string): Promise<string> {
  const ada = clientOf("ada");
  const path = `/home/ada/${name.replaceAll(" ", "-")}.sh`;
  await ada.call(filesRoutes.writeFile, {
    params: { cluster: "demo" },
    query: { path, overwrite: "true" },
    content: `#!/bin/bash\n${script}\n`,
  });
  const values = { script: path, queue: "burst" };
  const { id } = await ada.call(runsRoutes.createRun, {
    body: { application: "script", cluster: "demo", name, values },
  });
  return id;
}

test("a run is followed, its files are looked at and shared, and it is removed", async () => {
  const name = `Plate ${Date.now()}`;
  const go = "until [ -e go ]; do sleep 0.2; done";
  const table = "printf 'step,residual\\n1,0.5\\n2,0.25\\n' > heat.csv";
  const id = await runOf(name, `echo begun\n${go}\n${table}\necho all of it`);
  const page = await browser.signIn("ada", `/runs/${id}`);
  await page.getByText("begun").waitFor({ timeout: 120_000 });
  const { folder } = await clientOf("ada").call(runsRoutes.getRun, { params: { run: id } });
  await clientOf("ada").call(filesRoutes.writeFile, {
    params: { cluster: "demo" },
    query: { path: `${folder}/go` },
    content: "",
  });
  await page.getByText("all of it").waitFor();
  await page.getByRole("main").getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
  await expectAccessible(page);

  await page.getByRole("tab", { name: "Files" }).click();
  await page.getByRole("link", { name: "heat.csv" }).first().click();
  await page.getByRole("columnheader", { name: "residual" }).waitFor();
  expect(await page.getByRole("cell", { name: "0.25" }).getAttribute("data-numeric")).toBe("true");
  await expectAccessible(page);

  const actions = page.getByRole("button", { name: `Actions on ${name}` });
  await actions.click();
  await page.getByRole("menuitem", { name: "Share" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("ben");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });

  const ben = await browser.signIn("ben", "/runs?of=shared");
  await ben.getByRole("link", { name }).click();
  await ben.getByRole("tab", { name: "Files" }).click();
  await ben.getByRole("link", { name: "heat.csv" }).first().click();
  await ben.getByRole("cell", { name: "0.25" }).waitFor();
  await ben.getByRole("button", { name: `Actions on ${name}` }).click();
  expect(await ben.getByRole("menuitem").allTextContents()).not.toContain("Remove");

  await actions.click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.waitForURL(/\/runs$/);
  await ben.reload();
  await ben.getByText("There is no such page").waitFor();
});

test("a run that failed says why, and the list is found in by its address", async () => {
  const name = `Broken ${Date.now()}`;
  const id = await runOf(name, "echo preparing; echo 'mesh.dat: missing' >&2; exit 3");
  const page = await browser.signIn("ada", `/runs?find=${encodeURIComponent(name)}`);
  const row = page.getByRole("row", { name: new RegExp(name) });
  await row.getByText("Failed").waitFor({ timeout: 120_000 });
  await page.getByRole("button", { name: "Cards" }).click();
  await page.getByRole("link", { name }).click();
  await page.waitForURL(`**/runs/${id}`);
  await page.getByText("The run failed").waitFor();
  await page.getByText("Its exit code is 3.").waitFor();
  await page.getByText("mesh.dat: missing").waitFor();
  await expectAccessible(page);
});
