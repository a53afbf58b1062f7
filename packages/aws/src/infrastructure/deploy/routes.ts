import type { Clients } from "../../clients.ts";
import { ec2 } from "../../sdk.ts";

/**
 * Of two heads the one that leads makes the routes to itself when it begins to. Tables that a file
 * brings in later get the route that the others have; one that is there is left alone, since whoever
 * leads may be another by now.
 *
 * @param routeTables ARNs, joined by commas.
 */
export async function routesToHead(
  clients: Clients,
  address: string,
  routeTables: string,
): Promise<void> {
  const { sdk, client } = await ec2(clients);
  const RouteTableIds = routeTables.split(",").map((arn) => arn.replace(/^.*\//, ""));
  const { RouteTables = [] } = await client.send(
    new sdk.DescribeRouteTablesCommand({ RouteTableIds }),
  );
  const DestinationCidrBlock = `${address}/32`;
  const ways = RouteTables.map(({ RouteTableId, Routes = [] }) => ({
    RouteTableId,
    to: Routes.find((one) => one.DestinationCidrBlock === DestinationCidrBlock),
  }));
  const NetworkInterfaceId = ways.flatMap(({ to }) => to?.NetworkInterfaceId ?? [])[0];
  // Nobody has led yet: the first one that does makes all of them.
  if (NetworkInterfaceId === undefined) return;
  for (const { RouteTableId, to } of ways) {
    if (to !== undefined) continue;
    const route = { RouteTableId, DestinationCidrBlock, NetworkInterfaceId };
    await client.send(new sdk.CreateRouteCommand(route)).catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== "RouteAlreadyExists") throw error;
    });
  }
}
