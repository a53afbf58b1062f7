import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { filesRoutes } from "@sluice/api";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { clientOf } from "../site.ts";
import { expectAccessible, useBrowser } from "./browser.ts";

const browser = useBrowser();
const params = { cluster: "demo" };

async function folderOf(name: string): Promise<string> {
  const path = `/home/ada/${name}-${randomBytes(4).toString("hex")}`;
  await clientOf("ada").call(filesRoutes.makeFolder, { params, body: { path } });
  return path;
}

async function write(path: string, content: string): Promise<void> {
  const query = { path, overwrite: "true" };
  await clientOf("ada").call(filesRoutes.writeFile, { params, query, content });
}

async function read(path: string): Promise<string> {
  const answer = await clientOf("ada").stream(filesRoutes.downloadFile, {
    params,
    query: { path },
  });
  return answer.text();
}

const rowOf = (page: Page, name: string | RegExp) => page.getByRole("row", { name });

test("files are moved by keys and between two panes", async () => {
  const folder = await folderOf("panes");
  await write(`${folder}/one.txt`, "one");
  await write(`${folder}/two.txt`, "two");
  const page = await browser.signIn("ada", `/files/demo?path=${folder}&right=${folder}`);
  const [left, right] = [page.getByRole("grid").nth(0), page.getByRole("grid").nth(1)];
  await left.getByRole("row", { name: /one\.txt/ }).waitFor();
  await expectAccessible(page);

  await page.getByRole("button", { name: "New" }).nth(1).click();
  await page.getByRole("menuitem", { name: "Folder" }).click();
  await page.getByLabel("Name of the new folder").fill("into");
  await page.keyboard.press("Enter");
  await right.getByRole("row", { name: /into/ }).getByRole("link").click();
  await page.getByText("This folder is empty").waitFor();

  await left.getByRole("row", { name: /one\.txt/ }).dragTo(right, {
    targetPosition: { x: 150, y: 200 },
  });
  await right.getByRole("row", { name: /one\.txt/ }).waitFor();
  await left.getByRole("row", { name: /one\.txt/ }).waitFor({ state: "detached" });

  await left.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Control+c");
  await right.focus();
  await page.keyboard.press("Control+v");
  await right.getByRole("row", { name: /two\.txt/ }).waitFor();
  await page.keyboard.press("Control+v");
  await page.getByRole("dialog").getByRole("button", { name: "Keep both" }).click();
  await right.getByRole("row", { name: /two \(2\)\.txt/ }).waitFor();

  await right.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.getByRole("dialog").getByText("3 files").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("This folder is empty").waitFor();
  expect(await read(`${folder}/two.txt`)).toBe("two");
});

/** Pieces of uploads do not arrive until they are let through. */
async function cutUploads(page: Page): Promise<() => Promise<void>> {
  const pieces = /\/files\/uploads\/[0-9a-f-]+\?/;
  await page.route(pieces, (route) =>
    route.request().method() === "PATCH" ? route.abort("connectionreset") : route.continue(),
  );
  return () => page.unroute(pieces);
}

test("an upload goes on after a cut, and after the page was loaded again", async () => {
  const folder = await folderOf("uploads");
  const page = await browser.signIn("ada", `/files/demo?path=${folder}`);
  browser.forgive(page);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.getByText("This folder is empty").waitFor();
  const content = randomBytes(3_000_000);
  const here = mkdtempSync(join(tmpdir(), "sluice-uploads-"));
  onTestFinished(() => rmSync(here, { recursive: true }));
  const [a, b] = [join(here, "a.dat"), join(here, "b.dat")];
  for (const file of [a, b]) writeFileSync(file, content);
  const files = page.locator("input[type=file][multiple]").first();

  let mend = await cutUploads(page);
  await files.setInputFiles(a);
  await page.getByText("Waiting for the server").waitFor();
  await mend();
  await rowOf(page, /a\.dat/).waitFor();

  mend = await cutUploads(page);
  await files.setInputFiles(b);
  await page.getByText("Waiting for the server").waitFor();
  await page.reload();
  await page.getByText("Uploads that are not complete").waitFor();
  await mend();
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose the file: b.dat" }).click(),
  ]);
  await chooser.setFiles(b);
  await rowOf(page, /b\.dat/).waitFor();
  const answer = await clientOf("ada").stream(filesRoutes.downloadFile, {
    params,
    query: { path: `${folder}/b.dat` },
  });
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);

  await files.setInputFiles([{ name: "a.dat", mimeType: "", buffer: Buffer.from("new") }]);
  await page.getByText("There is a file of that name").waitFor();
  await page.getByRole("button", { name: "Replace" }).click();
  await rowOf(page, /a\.dat 3 B/).waitFor();
  expect(await read(`${folder}/a.dat`)).toBe("new");
});

test("a text that another changed meanwhile is not lost", async () => {
  const folder = await folderOf("texts");
  await write(`${folder}/conf.yaml`, "nodes: 1\n");
  const page = await browser.signIn("ada", `/files/demo?path=${folder}/conf.yaml`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "conf.yaml" }).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("mine: 1");
  await write(`${folder}/conf.yaml`, "nodes: 2\n");
  await page.keyboard.press("Control+s");
  await page.getByText("Somebody changed this file meanwhile").waitFor();
  await page.getByText("nodes: 2").waitFor();
  expect(await read(`${folder}/conf.yaml`)).toBe("nodes: 2\n");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save mine over it" }).click();
  await page.getByText("Saved.").waitFor();
  expect(await read(`${folder}/conf.yaml`)).toBe("nodes: 1\nmine: 1");
});

/** One page with these words. */
function pdfOf(words: string): string {
  const drawn = `BT /F 18 Tf 20 50 Td (${words}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    `<</Length ${drawn.length}>>stream\n${drawn}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ].map((one, at) => `${at + 1} 0 obj${one} endobj\n`);
  return `%PDF-1.4\n${objects.join("")}trailer<</Root 1 0 R>>\n%%EOF\n`;
}

test("a PDF is read by a worker of its own and shown, and is the input of a form", async () => {
  const folder = await folderOf("papers");
  await write(`${folder}/plate.pdf`, pdfOf("Plate at 300 K"));
  const page = await browser.signIn("ada", `/files/demo?file=${folder}/plate.pdf`);
  await page.getByText("Plate at 300 K").waitFor({ state: "attached" });
  expect(page.workers().map((one) => new URL(one.url()).pathname)).toEqual([
    expect.stringMatching(/^\/assets\/pdf\.worker\.[\w.-]+\.mjs$/),
  ]);

  await page.goto(`${new URL(page.url()).origin}/files/demo?path=${folder}`);
  await rowOf(page, /plate\.pdf/).waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Actions", exact: true }).click();
  await page.getByRole("menuitem", { name: "Use as input" }).click();
  await page.getByRole("link", { name: "Script" }).last().click();
  const field = page.getByRole("textbox", { name: "Script" }).first();
  await field.waitFor();
  expect(await field.inputValue()).toBe(`${folder}/plate.pdf`);
});

test("who is nobody on a cluster is told so, and an administrator looks as another", async () => {
  const folder = await folderOf("seen");
  const page = await browser.signIn("rita", "/files");
  await page.getByText("You have no files on this cluster").waitFor();
  await expectAccessible(page);
  const administrator = await browser.signIn("admin", "/files/demo");
  await administrator.getByLabel("Act as a Unix user").fill("ada");
  await administrator.getByRole("button", { name: "Show files" }).click();
  await administrator.getByText("You see the files of ada").waitFor();
  await rowOf(administrator, new RegExp(basename(folder))).waitFor();
});
