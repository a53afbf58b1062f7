import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

const CHROMIUM = fileURLToPath(new URL("./chromium.sh", import.meta.url));

/** Debian's Chromium, which can reach these ports of this machine's loopback and nothing else. */
export async function launchApart(ports: readonly number[]): Promise<Browser & AsyncDisposable> {
  const sockets = mkdtempSync(join(tmpdir(), "sluice-browser-"));
  const doors = ports.map((port) =>
    createServer((from) => {
      const to = connect(port, "127.0.0.1");
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
      to.on("error", () => from.destroy()).on("close", () => from.destroy());
      from.pipe(to).pipe(from);
    }).listen(join(sockets, `${port}`)),
  );
  const close = (): void => {
    for (const door of doors) door.close();
    rmSync(sockets, { recursive: true, force: true });
  };
  try {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      // Tests are root's, whom Chromium's sandbox does not take.
      args: ["--no-sandbox"],
      env: {
        ...process.env,
        SLUICE_NODE: process.execPath,
        SLUICE_PORTS: ports.join(","),
        SLUICE_SOCKETS: sockets,
      },
    });
    browser.on("disconnected", close);
    return browser;
  } catch (error) {
    close();
    throw error;
  }
}
