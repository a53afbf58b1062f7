import type { SiteConfig } from "@sluice/model";
import type { SynthesisedSite } from "../../synth/contract.ts";

/** What a site's creation would do, for people. */
export function sitePlanSteps(
  name: string,
  made: {
    readonly config: SiteConfig;
    readonly place: { readonly account: string; readonly region: string };
    readonly sample: Pick<SynthesisedSite, "template">;
  },
): readonly string[] {
  const { config, place, sample } = made;
  const { Resources } = JSON.parse(sample.template) as {
    readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  };
  const types = Object.values(Resources).map(({ Type }) => Type);
  const count = (type: string): number => types.filter((one) => one === type).length;
  const { Servers, Database, Zones } = config;
  const lines: readonly (readonly [boolean, string])[] = [
    [true, `in account ${place.account}, region ${place.region}, zones ${Zones.join(", ")}`],
    [count("AWS::EC2::VPC") > 0, `a network with a NAT gateway in each zone`],
    [count("AWS::EC2::VPC") === 0, `in the network ${config.Vpc?.Id}`],
    [Database.Uri === undefined, database(Database)],
    [Database.Uri !== undefined, `with the database at ${Database.Uri}`],
    [true, `${count("AWS::EFS::FileSystem")} EFS file systems, homes among them`],
    [count("AWS::FSx::FileSystem") > 0, `${count("AWS::FSx::FileSystem")} Lustre file systems`],
    [true, `a load balancer${Servers.CertificateArn ? "" : " with a certificate of its own"}`],
    [true, `${Servers.Count} machines ${Servers.InstanceType}`],
    [true, `a stack sluice-site-${name} of ${types.length} resources`],
  ];
  return lines.flatMap(([isSo, line]) => (isSo ? [line] : []));
}

function database({ MinCapacity = 0.5, MaxCapacity = 4, Replica }: SiteConfig["Database"]): string {
  const reader = Replica ? " with a reader in another zone" : "";
  return `an Aurora MySQL database of ${MinCapacity} to ${MaxCapacity} ACU${reader}`;
}
