import { PUBLIC_IMAGES } from "../ec2/images.ts";

type Arch = (typeof PUBLIC_IMAGES)[number]["arch"];

/** Where the vendors of operating systems tell the newest of their images. */
const NAMES: Readonly<Record<string, (arch: Arch) => string>> = {
  alinux2023: (arch) => `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${arch}`,
  ubuntu2204: (arch) =>
    `/aws/service/canonical/ubuntu/server/22.04/stable/current/${debian(arch)}/hvm/ebs-gp2/ami-id`,
  ubuntu2404: (arch) =>
    `/aws/service/canonical/ubuntu/server/24.04/stable/current/${debian(arch)}/hvm/ebs-gp3/ami-id`,
  debian12: (arch) => `/aws/service/debian/release/12/latest/${debian(arch)}`,
  debian13: (arch) => `/aws/service/debian/release/13/latest/${debian(arch)}`,
};

function debian(arch: Arch): string {
  return arch === "arm64" ? "arm64" : "amd64";
}

/** By name: the image that the region's EC2 has for it. */
export const PUBLIC_PARAMETERS: Readonly<Record<string, string>> = Object.fromEntries(
  PUBLIC_IMAGES.flatMap(({ os, arch, imageId }) => {
    const name = NAMES[os]?.(arch);
    return name === undefined ? [] : [[name, imageId]];
  }),
);
