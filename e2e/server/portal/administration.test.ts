import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { tokensRoutes, triggersRoutes, usersRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { clientOf, serverSite } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const browser = useBrowser();

test("somebody is made, given roles, shown the link once, disabled and deleted", async () => {
  const page = await browser.signIn("admin", "/administration/users");
  await page.getByRole("link", { name: "olga" }).waitFor();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Create user" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Grace Hopper");
  await page.getByRole("button", { name: "Create user" }).click();
  await page.getByText("and no space").waitFor();
  await expectAccessible(page);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("grace");
  await page.getByLabel("Full name").fill("Grace Hopper");
  await page.getByRole("textbox", { name: "Account" }).fill("navy");
  await page.getByRole("button", { name: "Create user" }).click();
  const link = page.getByText(`${serverSite().url}/`);
  await link.waitFor();
  expect(await link.textContent()).toContain("#/invite/");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("heading", { name: "grace" }).waitFor();
  await page.getByText("User on all clusters, account navy").waitFor();

  await page.getByRole("button", { name: "Actions" }).first().click();
  await page.getByRole("menuitem", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await page.getByText("Disabled", { exact: true }).first().waitFor();
  const { disabled } = await clientOf("admin").call(usersRoutes.getUser, {
    params: { user: "grace" },
  });
  expect(disabled).toBe(true);

  await page.getByRole("button", { name: "Actions" }).first().click();
  await page.getByRole("menuitem", { name: "Delete user" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByRole("button", { name: "Delete user" }).isDisabled()).toBe(true);
  await dialog.getByLabel("To confirm, type grace").fill("grace");
  await dialog.getByRole("button", { name: "Delete user" }).click();
  await page.getByText("grace is deleted").waitFor();
});

test("a token of one's own is made, shown once, works and is revoked", async () => {
  const page = await browser.signIn("ada", "/account", { theme: "dark" });
  await page.getByRole("button", { name: "Create token" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("my program");
  await page.getByText("Chosen things only").click();
  await page.getByRole("button", { name: "Choose what it may do" }).click();
  await page.getByRole("option", { name: "Jobs: see" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Create token" }).first().click();
  await page.getByText("The token my program is made").waitFor();
  await expectAccessible(page);
  const token = await page.locator(".shown-once").textContent();
  const ask = (path: string) =>
    fetch(`${serverSite().url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask("/api/v1/jobs")).status).toBe(200);
  expect((await ask("/api/v1/runs")).status).toBe(403);
  await page.getByRole("button", { name: "Done" }).click();
  expect(await page.locator(".shown-once").count()).toBe(0);
  await page.getByRole("button", { name: "Revoke my program" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("my program is revoked").waitFor();
  expect((await ask("/api/v1/jobs")).status).toBe(401);
  const { items } = await clientOf("ada").call(tokensRoutes.listTokens, { query: {} });
  expect(items.map(({ name }) => name)).not.toContain("my program");
});

test("the audit log is found in, checked and downloaded; the server says how it is", async () => {
  const page = await browser.signIn("admin", "/administration/audit?who=ada");
  await page.getByRole("row").nth(1).getByText("ada", { exact: true }).waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Check the chain" }).click();
  await page.getByText("The log is whole").waitFor();
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as CSV" }).click();
  const file = await (await coming).path();
  expect(readFileSync(file, "utf8")).toMatch(/^sequence,time,user,/);
  await page.getByRole("tab", { name: "Health" }).click();
  await page.getByRole("heading", { name: "Database" }).waitFor();
  await page.getByRole("cell", { name: "Reached" }).waitFor();
  await expectAccessible(page);
});

test("others are told that administration is not theirs, and nothing is asked for", async () => {
  const page = await browser.signIn("olga", "/administration/users");
  await page.getByText("It needs the role Administrator").waitFor();
  expect(await page.getByRole("link", { name: "Administration" }).count()).toBe(0);
});

test("a trigger is made in a form, told of something, replayed, paused and removed", async () => {
  const page = await browser.signIn("ada", "/triggers/new");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("from the portal");
  await page.getByRole("button", { name: "Choose an application" }).click();
  await page.getByRole("option").filter({ hasText: "script" }).first().click();
  await page.getByRole("button", { name: "Choose a cluster" }).click();
  await page.getByRole("option", { name: "demo" }).click();
  await page.getByRole("textbox", { name: "Script" }).fill("/home/ada/align.sh");
  await page.getByText("A web-hook").click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Create trigger" }).click();
  await page.getByText("The secret of the web-hook").waitFor();
  const { items } = await clientOf("ada").call(triggersRoutes.listTriggers, { query: {} });
  const trigger = items.find(({ name }) => name === "from the portal");
  expect(trigger).toMatchObject({ state: "active", source: { kind: "web-hook" } });
  const [address = "", secret = ""] = await page.locator(".shown-once").allTextContents();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByText("Nothing happened yet").waitFor();
  expect(await tell(address, secret)).toBe(202);
  await page.getByText("Submitted", { exact: true }).waitFor();
  await page.getByRole("checkbox", { name: /^Select 2/ }).check();
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await page.getByText("1 event happens again").waitFor();
  await page.getByText("(again)").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Actions" }).first().click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("from the portal is removed").waitFor();
});

/** A request as a program would sign it. */
async function tell(address: string, secret: string): Promise<number> {
  const body = JSON.stringify({ file: "/data/x" });
  const time = `${Math.floor(Date.now() / 1000)}`;
  const delivery = randomUUID();
  const signature = createHmac("sha256", secret)
    .update(`${time}.${delivery}.${body}`)
    .digest("hex");
  const answer = await fetch(address, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "sluice-timestamp": time,
      "sluice-delivery": delivery,
      "sluice-signature": `sha256=${signature}`,
    },
  });
  return answer.status;
}
