import { GetHostedZoneCommand, type VPCRegion } from "@aws-sdk/client-route-53";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

/** Tells of hosted zones that exist. */
export function route53Service({ existing, name: region }: Region): Service {
  return {
    name: "route53",
    protocol: "restXml",
    operations: {
      GetHostedZone: handle(GetHostedZoneCommand, ({ Id = "" }) => {
        const id = Id.replace(/^\/?hostedzone\//, "");
        const zone = existing.hostedZones.get(id);
        if (zone === undefined) {
          throw new ServiceError("NoSuchHostedZone", `No hosted zone found with ID: ${id}`, 404);
        }
        return {
          HostedZone: {
            Id: `/hostedzone/${id}`,
            Name: zone.name,
            CallerReference: id,
            Config: { PrivateZone: zone.private },
          },
          VPCs: zone.vpcs.map((VPCId) => ({ VPCId, VPCRegion: region as VPCRegion })),
        };
      }),
    },
  };
}
