import type { SiteMachineCloud } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { SocketClient } from "./client.ts";
import { HEAD_SOCKET } from "./head-cloud.ts";
import { createLocalCloud } from "./index.ts";
import { localLeadership, localRegisters, readLeadershipFacts } from "./leadership.ts";

/** What a machine of a site of the local cloud holds of it. Errors: `SITE_MACHINE_UNKNOWN`. */
export function createLocalSiteMachine(socket = HEAD_SOCKET): SiteMachineCloud {
  const facts = readLeadershipFacts();
  if (facts === undefined) {
    throw new SluiceError("SITE_MACHINE_UNKNOWN", "system", "this machine is not one of a site");
  }
  const client = new SocketClient(socket);
  return {
    leadership: localLeadership(client, facts),
    signal: {
      async report(status, message) {
        await client.call("POST", "/report", { status, message: message.slice(0, 2000) });
      },
    },
    backups: {
      registers: localRegisters(client),
      sealedSecrets: () => client.call("GET", "/backup/secrets"),
      async tell(status, message) {
        await client.call("POST", "/event", { status, message: message.slice(0, 2000) });
      },
      openCloud: () => createLocalCloud({ env: { SLUICE_LOCAL_SOCKET: socket } }),
    },
    async [Symbol.asyncDispose]() {},
  };
}
