// Runs Chromium in this network, with the ports that SLUICE_PORTS names led to sockets in a folder.
import { execFileSync, spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { constants } from "node:os";

const { SLUICE_PORTS = "", SLUICE_SOCKETS = "" } = process.env;

execFileSync("ip", ["link", "set", "lo", "up"]);
for (const port of SLUICE_PORTS.split(",")) {
  const server = createServer((from) => {
    const to = connect(`${SLUICE_SOCKETS}/${port}`);
    from.on("error", () => to.destroy()).on("close", () => to.destroy());
    to.on("error", () => from.destroy()).on("close", () => from.destroy());
    from.pipe(to).pipe(from);
  });
  await new Promise((resolve) => server.listen(Number(port), "127.0.0.1", resolve));
}
// The third and fourth are how it is spoken to.
const stdio = ["inherit", "inherit", "inherit", "inherit", "inherit"];
const browser = spawn("/usr/bin/chromium", process.argv.slice(2), { stdio });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => browser.kill(signal));
}
browser.on("exit", (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});
