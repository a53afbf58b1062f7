import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GATEWAY_PORT, SECRET_FILES } from "@sluice/boot";
import type { Cloud, Machine } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { SocketClient } from "./client.ts";
import { clusterPaths, type StatePaths } from "./paths.ts";
import type { Wire } from "./wire.ts";

/** The way in by the bridge; its keys are on the cluster's volume, which is a folder of this host. */
export function localGateway(
  state: StatePaths,
  connect: () => Promise<SocketClient>,
): NonNullable<Cloud["gateway"]> {
  return async (cluster) => {
    const client = await connect();
    const url = `/clusters/${encodeURIComponent(cluster)}/machines`;
    const machines = await client.call<readonly Wire<Machine>[]>("GET", url);
    const host = machines.find(
      ({ role, state: is }) => role === "head" && is === "running",
    )?.address;
    if (host === undefined) {
      throw new SluiceError("HEAD_NOT_RUNNING", "user", `the head of ${cluster} is off`, {
        hint: `start the cluster (sluice start-cluster -n ${cluster})`,
      });
    }
    const secrets = join(clusterPaths(state, cluster).volume, "secrets");
    const read = (name: string): Promise<Buffer> => readFile(join(secrets, name));
    try {
      const [key, certificate, jwtKey] = await Promise.all([
        read(SECRET_FILES.gateway),
        read(SECRET_FILES.tlsCertificate),
        read(SECRET_FILES.jwt),
      ]);
      return {
        host,
        port: GATEWAY_PORT,
        certificate: certificate.toString("utf8"),
        key: key.toString("utf8").trim(),
        jwtKey,
      };
    } catch (error) {
      // Of a cluster from before heads had gateways.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  };
}
