import { z } from "zod";
import { customActionsWithUpdate } from "./custom-actions.ts";
import { nodeIam } from "./iam.ts";
import "./meta.ts";
import { dcv, proxy, securityGroupKeys, ssh } from "./network-access.ts";
import { standby } from "./standby.ts";
import {
  AWS,
  CLOUDS,
  IMAGE_EXPECTS,
  INSTANCE_TYPE_EXPECTS,
  imageId,
  instanceTypeName,
  SUBNET_EXPECTS,
  subnetId,
} from "./values.ts";
import { diskKeys, ephemeralVolume } from "./volumes.ts";
import { ZONE_EXPECTS, zoneName } from "./zones.ts";

const networking = z
  .strictObject({
    SubnetId: subnetId().optional().meta({
      description: "Subnet of the head node.",
      update: "UNSUPPORTED",
      providers: CLOUDS,
      expects: SUBNET_EXPECTS,
      defaultText: "one that Sluice makes on aws; required on azure",
    }),
    ...securityGroupKeys("SUPPORTED"),
    ElasticIp: z.union([z.boolean(), z.string()]).optional().meta({
      description: "`true` for a new fixed public address, or the id of an existing one.",
      update: "UNSUPPORTED",
      providers: AWS,
      expects: "true, false or the id of an address",
    }),
    Proxy: proxy("UNSUPPORTED"),
  })
  .optional()
  .meta({
    description: "Where in the network the head node is.",
    update: "UNSUPPORTED",
    providers: CLOUDS,
    defaultText: "required on azure",
  });

const rootVolume = z
  .strictObject({
    ...diskKeys({ update: "UNSUPPORTED", speed: "UNSUPPORTED", size: "the size of the image" }),
    DeleteOnTermination: z.boolean().optional().meta({
      description: "Whether the disk goes with the head node.",
      update: "UNSUPPORTED",
      defaultText: "true",
    }),
  })
  .optional()
  .meta({ description: "The disk that the head node boots from.", update: "SUPPORTED" });

export const headNodeSchema = z
  .strictObject({
    InstanceType: instanceTypeName().optional().meta({
      description: "Machine type of the head node.",
      update: "UNSUPPORTED",
      expects: INSTANCE_TYPE_EXPECTS,
      defaultText: "local.head on the local cloud, required elsewhere",
    }),
    Zone: zoneName()
      .optional()
      .meta({
        description: "Zone of the head node.",
        update: "UNSUPPORTED",
        extension: true,
        providers: ["local"],
        expects: ZONE_EXPECTS,
        check: "ZoneValidator",
        defaultText: "the first of Local.Zones",
      }),
    Standby: standby,
    DisableSimultaneousMultithreading: z.boolean().default(false).meta({
      description: "One thread per core.",
      update: "UNSUPPORTED",
      providers: CLOUDS,
    }),
    Networking: networking,
    Ssh: ssh({ section: "SUPPORTED", keyName: "UNSUPPORTED", allowedIps: "SUPPORTED" }),
    LocalStorage: z
      .strictObject({ RootVolume: rootVolume, EphemeralVolume: ephemeralVolume("UNSUPPORTED") })
      .optional()
      .meta({
        description: "Disks of the head node.",
        update: "SUPPORTED",
        providers: CLOUDS,
      }),
    SharedStorageType: z.enum(["Ebs", "Efs"]).default("Ebs").meta({
      description:
        "Where the cluster's own shared folders and /home are: on the head node's disk, or on a file system that outlives it.",
      update: "UNSUPPORTED",
      providers: AWS,
    }),
    Dcv: dcv(),
    CustomActions: customActionsWithUpdate(
      "After an update of the cluster is in force, once for each version; when it fails that is told, and the update stays.",
    ),
    Iam: nodeIam("UNSUPPORTED"),
    Imds: z
      .strictObject({
        Secured: z.boolean().default(true).meta({
          description: "Whether only root and the cluster's own users reach the metadata service.",
          update: "UNSUPPORTED",
        }),
      })
      .optional()
      .meta({
        description: "The metadata service of the head node.",
        update: "UNSUPPORTED",
        providers: AWS,
      }),
    Image: z
      .strictObject({
        CustomAmi: imageId().optional().meta({
          description: "Machine image to boot instead of the cluster's.",
          update: "UNSUPPORTED",
          expects: IMAGE_EXPECTS,
        }),
      })
      .optional()
      .meta({ description: "What the head node boots.", update: "UNSUPPORTED", providers: AWS }),
  })
  .prefault({})
  .meta({
    description: "The machine that runs the controller, the database daemon and the REST API.",
    update: "SUPPORTED",
    defaultText: "required except on the local cloud",
  });
