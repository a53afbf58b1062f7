import { HEAD_NAME } from "../layout.ts";
import { shellWord } from "./shell.ts";

/** Goes through no proxy: the head, the metadata service and the machine itself. */
const DIRECT = `localhost,127.0.0.1,169.254.169.254,${HEAD_NAME}`;

/** Lines for what the script fetches to go through `HttpProxyAddress`, if the cluster file has one. */
export function proxyLines(address: string | undefined): readonly string[] {
  if (address === undefined) return [];
  const word = shellWord(address);
  return [
    `export http_proxy=${word} https_proxy=${word} no_proxy=${DIRECT}`,
    // Programs differ in which case they look for.
    'export HTTP_PROXY="$http_proxy" HTTPS_PROXY="$https_proxy" NO_PROXY="$no_proxy"',
    "export NODE_USE_ENV_PROXY=1",
  ];
}

/** The same for systemd's `EnvironmentFile`; empty without a proxy. Node heeds it when told to. */
export function proxyEnvironment(address: string | undefined): string {
  if (address === undefined) return "";
  // A setting is a line.
  const value = `"${address.replaceAll(/[\r\n]/g, "").replaceAll(/["\\]/g, "\\$&")}"`;
  return [
    ...["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].map((name) => `${name}=${value}`),
    `no_proxy=${DIRECT}`,
    `NO_PROXY=${DIRECT}`,
    "NODE_USE_ENV_PROXY=1",
    "",
  ].join("\n");
}
