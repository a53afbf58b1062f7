import { z } from "zod";
import "./meta.ts";
import {
  INSTANCE_TYPE_EXPECTS,
  instanceTypeName,
  SECURITY_GROUPS_EXPECTS,
  SUBNET_EXPECTS,
  securityGroupIds,
  subnetId,
} from "./values.ts";

const CLOUDS = ["aws", "azure"] as const;

const networking = z
  .strictObject({
    SubnetId: subnetId().optional().meta({
      description: "Subnet of the head node.",
      update: "UNSUPPORTED",
      providers: CLOUDS,
      expects: SUBNET_EXPECTS,
      defaultText: "required except on the local cloud",
    }),
    SecurityGroups: securityGroupIds()
      .optional()
      .meta({
        description: "Security groups instead of those that Sluice makes.",
        update: "SUPPORTED",
        providers: ["aws"],
        expects: SECURITY_GROUPS_EXPECTS,
      }),
    AdditionalSecurityGroups: securityGroupIds()
      .optional()
      .meta({
        description: "Security groups beside those that Sluice makes.",
        update: "SUPPORTED",
        providers: ["aws"],
        expects: SECURITY_GROUPS_EXPECTS,
      }),
    ElasticIp: z
      .union([z.boolean(), z.string()])
      .optional()
      .meta({
        description: "`true` for a new fixed public address, or the id of an existing one.",
        update: "UNSUPPORTED",
        providers: ["aws"],
        expects: "true, false or the id of an address",
      }),
    Proxy: z
      .strictObject({
        HttpProxyAddress: z.string().optional().meta({
          description: "Proxy for outgoing HTTP and HTTPS, such as `https://10.0.0.4:8080`.",
          update: "UNSUPPORTED",
        }),
      })
      .optional()
      .meta({
        description: "The way out of a network without internet access.",
        update: "UNSUPPORTED",
        providers: CLOUDS,
      }),
  })
  .optional()
  .meta({
    description: "Where in the network the head node is.",
    update: "UNSUPPORTED",
    providers: CLOUDS,
    defaultText: "required except on the local cloud",
  });

const rootVolume = z
  .strictObject({
    VolumeType: z
      .enum(["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"])
      .optional()
      .meta({
        description: "Kind of disk.",
        update: "UNSUPPORTED",
        providers: ["aws"],
        defaultText: "gp3",
      }),
    Size: z.int().min(1).optional().meta({
      description: "Size in GiB.",
      update: "UNSUPPORTED",
      expects: "a whole number of GiB",
      defaultText: "the size of the image",
    }),
    Iops: z
      .int()
      .min(1)
      .optional()
      .meta({
        description: "Operations per second of gp3, io1 and io2 disks.",
        update: "UNSUPPORTED",
        providers: ["aws"],
        defaultText: "3000 for gp3, 100 for io1 and io2",
      }),
    Throughput: z
      .int()
      .min(1)
      .optional()
      .meta({
        description: "Throughput of a gp3 disk in MiB/s.",
        update: "UNSUPPORTED",
        providers: ["aws"],
        defaultText: "125",
      }),
    Encrypted: z.boolean().optional().meta({
      description: "Whether the disk is encrypted.",
      update: "UNSUPPORTED",
      defaultText: "true",
    }),
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
    Networking: networking,
    Ssh: z
      .strictObject({
        KeyName: z.string().min(1).optional().meta({
          description: "Name of the key pair that may log in.",
          update: "UNSUPPORTED",
        }),
        AllowedIps: z.string().min(1).optional().meta({
          description: "Addresses that may connect, as a CIDR or the id of a prefix list.",
          update: "SUPPORTED",
          defaultText: "0.0.0.0/0",
        }),
      })
      .optional()
      .meta({ description: "Access by SSH.", update: "SUPPORTED", providers: CLOUDS }),
    LocalStorage: z.strictObject({ RootVolume: rootVolume }).optional().meta({
      description: "Disks of the head node.",
      update: "SUPPORTED",
      providers: CLOUDS,
    }),
  })
  .optional()
  .meta({
    description: "The machine that runs the controller, the database daemon and the REST API.",
    update: "SUPPORTED",
    defaultText: "required except on the local cloud",
  });
