import type { Os } from "@sluice/model";

/** The user that an image of that system begins with, who may become root. */
export function loginUser(os: Os): string {
  if (os.startsWith("ubuntu")) return "ubuntu";
  if (os.startsWith("debian")) return "admin";
  if (os.startsWith("rocky")) return "rocky";
  return "ec2-user";
}
