import { stringify } from "yaml";
import { HEAD_LAYOUT } from "../layout.ts";

/** What a head needs to know of itself before it has read its cluster file. */
export interface HeadIdentity {
  readonly clusterName: string;
  readonly provider: string;
  /** Number of the cluster file that comes along; 1 when it is missing. */
  readonly fileVersion?: number;
  /** What the cloud's adapter on the head begins with, such as where it finds the rest. */
  readonly cloud?: Readonly<Record<string, string>>;
}

/**
 * cloud-init user data of a head machine: it brings the cluster file and hands over to the head's
 * own program, which is on the machine already (from the image, or from where the cloud keeps the
 * bundle). There is no secret in it.
 */
export function renderHeadUserData(
  options: HeadIdentity & { readonly configText: string },
): string {
  const { configText, ...identity } = options;
  const document = {
    hostname: "head",
    preserve_hostname: true,
    write_files: [
      { path: HEAD_LAYOUT.clusterFile, permissions: "0644", content: configText },
      { path: HEAD_LAYOUT.headFile, permissions: "0644", content: `${JSON.stringify(identity)}\n` },
    ],
    runcmd: [[HEAD_LAYOUT.program, "setup"]],
  };
  return `#cloud-config\n${stringify(document, { lineWidth: 0 })}`;
}
