import { SluiceError } from "@sluice/model";
import type { Clients } from "./clients.ts";
import { ec2 } from "./sdk.ts";

/**
 * The newest lines of a machine's console. Errors: `MACHINE_NOT_FOUND`.
 */
export async function consoleOutput(
  clients: Clients,
  machineId: string,
  lines: number,
): Promise<string> {
  const { sdk, client } = await ec2(clients);
  const read = (Latest: boolean) =>
    client.send(new sdk.GetConsoleOutputCommand({ InstanceId: machineId, Latest }));
  // Only Nitro machines tell what they say at the moment; others what they said last time.
  const { Output = "" } = await read(true)
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === "UnsupportedOperation") return read(false);
      throw error;
    })
    .catch((error: unknown) => {
      if (!(error instanceof Error) || !/^InvalidInstanceID/.test(error.name)) throw error;
      throw new SluiceError("MACHINE_NOT_FOUND", "user", `there is no machine ${machineId}`, {
        hint: "see which there are with: sluice describe-cluster-instances",
      });
    });
  const text = Buffer.from(Output, "base64").toString("utf8");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
