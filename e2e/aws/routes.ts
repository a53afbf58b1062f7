import {
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  type NetworkInterface,
  type Route,
} from "@aws-sdk/client-ec2";
import type { Region } from "../../packages/aws/src/testing/region/region.ts";
import { run } from "../../packages/local/src/host/run.ts";

const EVERY_MILLISECONDS = 500;

/**
 * Has the network of a region's machines lead where its route tables say: to addresses that are in no
 * subnet, by the interface of whichever machine has them. All networks of the region are one here.
 *
 * @param bridge of which every machine has the address as its gateway.
 * @returns what ends it.
 */
export async function followRoutes(region: Region, bridge: string): Promise<() => Promise<void>> {
  const switches = ["ip_forward=1", "conf.all.send_redirects=0", `conf.${bridge}.send_redirects=0`];
  for (const one of switches) await run(["sysctl", "-q", "-w", `net.ipv4.${one}`]);
  const led = new Map<string, string>();
  let isOver = false;
  const look = async (): Promise<void> => {
    const wanted = await waysOf(region);
    for (const [address, machine] of wanted) {
      if (led.get(address) === machine) continue;
      await run(["ip", "route", "replace", address, "via", machine, "dev", bridge]);
      led.set(address, machine);
    }
  };
  const following = (async () => {
    while (!isOver) {
      await look().catch((error: unknown) => process.stderr.write(`routes: ${error}\n`));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MILLISECONDS));
    }
  })();
  return async () => {
    isOver = true;
    await following;
  };
}

/** Addresses of machines by the addresses that lead to them. */
async function waysOf(region: Region): Promise<ReadonlyMap<string, string>> {
  const { RouteTables = [] } = await region.call(DescribeRouteTablesCommand, {});
  const routes = RouteTables.flatMap(({ Routes = [] }) => Routes).filter(isToMachine);
  if (routes.length === 0) return new Map();
  const { NetworkInterfaces = [] } = await region.call(DescribeNetworkInterfacesCommand, {});
  const addressOf = (route: Route): string | undefined =>
    NetworkInterfaces.find(
      (one: NetworkInterface) => one.NetworkInterfaceId === route.NetworkInterfaceId,
    )?.PrivateIpAddress;
  return new Map(
    routes.flatMap((route): [string, string][] => {
      const machine = addressOf(route);
      const { DestinationCidrBlock: address } = route;
      return machine === undefined || address === undefined ? [] : [[address, machine]];
    }),
  );
}

function isToMachine({ DestinationCidrBlock, NetworkInterfaceId }: Route): boolean {
  return NetworkInterfaceId !== undefined && DestinationCidrBlock?.endsWith("/32") === true;
}
