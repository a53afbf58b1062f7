import type { SiteMachineCloud } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { SocketClient } from "./client.ts";
import { HEAD_SOCKET } from "./head-cloud.ts";
import { localLeadership, readLeadershipFacts } from "./leadership.ts";

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
    async [Symbol.asyncDispose]() {},
  };
}
