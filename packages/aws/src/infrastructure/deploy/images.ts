import { type Os, SluiceError } from "@sluice/model";
import type { Architecture } from "../../bundle.ts";
import type { Clients } from "../../clients.ts";
import { ec2, ssm } from "../../sdk.ts";

/** Where an operating system's own image is found. */
type Official =
  /** A public parameter of SSM, kept by who makes the image. */
  | { readonly parameter: (arch: Architecture) => string }
  /** The newest of that name that the account has published. */
  | { readonly owner: string; readonly name: (arch: Architecture) => string };

const DPKG: Readonly<Record<Architecture, string>> = { x86_64: "amd64", arm64: "arm64" };

/** Accounts: https://wiki.debian.org/Cloud/AmazonEC2Image, and those of Red Hat and Rocky. */
const RED_HAT = "309956199498";
const ROCKY = "792107900819";

const ubuntu = (release: string, storage: string): Official => ({
  parameter: (arch) =>
    `/aws/service/canonical/ubuntu/server/${release}/stable/current/${DPKG[arch]}/hvm/${storage}/ami-id`,
});
const debian = (release: string): Official => ({
  parameter: (arch) => `/aws/service/debian/release/${release}/latest/${DPKG[arch]}`,
});
const redHat = (major: number): Official => ({
  owner: RED_HAT,
  name: (arch) => `RHEL-${major}.*_HVM-*-${arch}-*-Hourly2-GP3`,
});
const rocky = (major: number): Official => ({
  owner: ROCKY,
  name: (arch) => `Rocky-${major}-EC2-Base-${major}.*.${arch === "arm64" ? "aarch64" : arch}`,
});

/** One in the making has none: a cluster file on AWS that names it is refused. */
const OFFICIAL: Readonly<Record<Exclude<Os, "debian14">, Official>> & {
  readonly debian14?: never;
} = {
  alinux2023: {
    parameter: (arch) => `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${arch}`,
  },
  ubuntu2204: ubuntu("22.04", "ebs-gp2"),
  ubuntu2404: ubuntu("24.04", "ebs-gp3"),
  debian12: debian("12"),
  debian13: debian("13"),
  rhel8: redHat(8),
  rhel9: redHat(9),
  rocky8: rocky(8),
  rocky9: rocky(9),
};

/**
 * The newest image of an operating system by who makes it.
 *
 * @throws SluiceError `OFFICIAL_IMAGE_MISSING`
 */
export async function officialImage(clients: Clients, os: Os, arch: Architecture): Promise<string> {
  const where = OFFICIAL[os];
  const found =
    where === undefined
      ? undefined
      : "parameter" in where
        ? await byParameter(clients, where.parameter(arch))
        : await byName(clients, where.owner, where.name(arch));
  if (found !== undefined) return found;
  throw new SluiceError(
    "OFFICIAL_IMAGE_MISSING",
    "cloud",
    `there is no image of ${os} for ${arch} in this region`,
    { hint: "name one as Image.CustomAmi in the cluster file" },
  );
}

async function byParameter(clients: Clients, Name: string): Promise<string | undefined> {
  const { sdk, client } = await ssm(clients);
  try {
    const { Parameter } = await client.send(new sdk.GetParameterCommand({ Name }));
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof Error && error.name === "ParameterNotFound") return undefined;
    throw error;
  }
}

async function byName(clients: Clients, owner: string, name: string): Promise<string | undefined> {
  const { sdk, client } = await ec2(clients);
  const { Images = [] } = await client.send(
    new sdk.DescribeImagesCommand({
      Owners: [owner],
      Filters: [
        { Name: "name", Values: [name] },
        { Name: "state", Values: ["available"] },
      ],
    }),
  );
  const newest = Images.toSorted((a, b) =>
    (b.CreationDate ?? "").localeCompare(a.CreationDate ?? ""),
  );
  return newest[0]?.ImageId;
}
