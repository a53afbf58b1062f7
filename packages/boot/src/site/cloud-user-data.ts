import type { Os } from "@sluice/model";
import {
  type BroughtFile,
  checkedUserData,
  cloudConfig,
  type Pack,
  packed,
} from "../cloud-config.ts";
import { AGENT_UNIT, type Agent, agentFiles } from "../steps/agent.ts";
import {
  archiveFunction,
  type BundleObject,
  bundleFunction,
  type ProgramBundles,
} from "../steps/bundle.ts";
import { installFunction } from "../steps/install.ts";
import { GUARD_FUNCTION } from "../steps/metadata.ts";
import { STEPS } from "../steps/steps.ts";
import { bootUnit, NETWORK, wantedUnits } from "../steps/unit.ts";
import { SITE_LAYOUT, type SiteSeat } from "./layout.ts";

export interface CloudSiteBoot extends SiteSeat {
  readonly os: Os;
  /** The cloud's own programs, which its commands run. */
  readonly files: readonly BroughtFile[];
  readonly pack?: Pack;
  /** Missing where the cloud has its own way into its machines. */
  readonly agent?: Agent;
  /** Shell: `FETCH KEY FILE` fetches an object of the site's. */
  readonly fetchCommand: string;
  /** Shell: `REPORT failed MESSAGE` when a step fails before our program runs. */
  readonly reportCommand: string;
  readonly bundles: ProgramBundles;
  /** What the server is, for all kinds of processors: what belongs in /opt/sluice-server. */
  readonly server: BundleObject;
}

const BOOT = "/etc/sluice/boot";
const BOOT_UNIT = "sluice-boot";

/** Seconds. What was missing may come back, such as the database. */
const AGAIN_AFTER = 30;

/**
 * cloud-init user data of a machine of a site in a cloud. It brings no secret, and of the site its
 * name only: our program asks the cloud for the rest. Every step finds what is done already, at the
 * first boot of a machine and at every other.
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`
 */
export function renderCloudSiteUserData(boot: CloudSiteBoot): string {
  const { site, provider, name, cloud } = boot;
  const seat: SiteSeat = { site, provider, name, cloud };
  const units = [`${BOOT_UNIT}.service`, ...(boot.agent === undefined ? [] : [AGENT_UNIT])];
  const files: readonly BroughtFile[] = [
    ...boot.files,
    ...agentFiles(boot.agent, undefined),
    { path: SITE_LAYOUT.seatFile, mode: 0o644, content: `${JSON.stringify(seat)}\n` },
    packed({ path: BOOT, mode: 0o755, content: bootScript(boot) }, boot.pack),
    bootUnit(BOOT_UNIT, {
      description: "Make this machine one of its site",
      script: BOOT,
      after: NETWORK,
      isRepeated: true,
    }),
    wantedUnits(units),
  ];
  const runcmd = [["systemctl", "start", "--no-block", ...units]];
  return checkedUserData(cloudConfig({ files, runcmd }), `machine ${name} of the site`);
}

function bootScript({ name, os, bundles, server, ...boot }: CloudSiteBoot): string {
  const { fetchCommand, reportCommand } = boot;
  return [
    "#!/bin/sh",
    STEPS,
    // Our program ends with 3 when it has reported by itself.
    `failed() {
  if [ "$1 $status" != 'setup 3' ]; then
    ${reportCommand} failed "$1 failed on ${name}: $(tail -n 5 "$state/log" | cut -c 1-400)"
  fi
  sleep ${AGAIN_AFTER}
}`,
    installFunction({ os, role: "head", directory: false }),
    // slurmdbd goes by this name.
    `take_name() {
  hostname ${name}
  echo ${name} > /etc/hostname
  sed -i '/ ${name}$/d' /etc/hosts
  echo "$(hostname -I | cut -d ' ' -f 1) ${name}" >> /etc/hosts
}`,
    bundleFunction(bundles, fetchCommand),
    archiveFunction("fetch_server", server, { fetchCommand, folder: "/opt/sluice-server" }),
    GUARD_FUNCTION,
    "step name take_name",
    "step packages install_packages",
    "step bundle fetch_bundle",
    "step server fetch_server",
    "step metadata guard_metadata",
    `step setup ${SITE_LAYOUT.program} site-setup`,
    "",
  ].join("\n");
}
