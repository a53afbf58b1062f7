import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GATEWAY_PORT, SECRET_FILES } from "@sluice/boot";
import type { Cloud, GatewayAccess } from "@sluice/cloud";
import type { SocketClient } from "./client.ts";
import { clusterPaths, type StatePaths } from "./paths.ts";
import { headOf } from "./shell.ts";

/** The way in by the bridge; its keys are on the cluster's volume, which is a folder of this host. */
export function localGateway(
  state: StatePaths,
  connect: () => Promise<SocketClient>,
): NonNullable<Cloud["gateway"]> {
  return async (cluster) => {
    // Of two heads it is the address of the one that leads, whichever that is.
    const { address: host } = await headOf(await connect(), cluster);
    const keys = await readGatewayKeys(clusterPaths(state, cluster).volume);
    return keys === undefined ? undefined : { ...keys, host };
  };
}

/** The same for somebody who is not on the host, asked of the service. */
export function remoteGateway(connect: () => Promise<SocketClient>): NonNullable<Cloud["gateway"]> {
  return async (cluster) => {
    type Answer = Omit<GatewayAccess, "jwtKey"> & { readonly jwtKey: string };
    const url = `/clusters/${encodeURIComponent(cluster)}/gateway`;
    const answer = await (await connect()).call<Answer | null>("GET", url);
    if (answer === null) return undefined;
    return { ...answer, jwtKey: Buffer.from(answer.jwtKey, "base64") };
  };
}

/** What is on a cluster's volume of it; undefined of a cluster from before heads had gateways. */
export async function readGatewayKeys(volume: string) {
  const read = (name: string): Promise<Buffer> => readFile(join(volume, "secrets", name));
  try {
    const [key, certificate, jwtKey] = await Promise.all([
      read(SECRET_FILES.gateway),
      read(SECRET_FILES.tlsCertificate),
      read(SECRET_FILES.jwt),
    ]);
    return {
      port: GATEWAY_PORT,
      certificate: certificate.toString("utf8"),
      key: key.toString("utf8").trim(),
      jwtKey,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
