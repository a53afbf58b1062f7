import type { ClusterConfig, Os } from "@sluice/model";
import {
  type BroughtFile,
  checkedUserData,
  cloudConfig,
  type Pack,
  packed,
} from "../cloud-config.ts";
import { HEAD_LAYOUT, HEAD_NAME } from "../layout.ts";
import { actionFunction, actionLines } from "../steps/actions.ts";
import { AGENT_UNIT, type Agent, agentFiles } from "../steps/agent.ts";
import { bundleFunction, type ProgramBundles } from "../steps/bundle.ts";
import { installFunction } from "../steps/install.ts";
import { GUARD_FUNCTION } from "../steps/metadata.ts";
import { proxyLines } from "../steps/proxy.ts";
import { scratchFunction, scratchOf } from "../steps/scratch.ts";
import { shellWord } from "../steps/shell.ts";
import { BOOT_STATE, STEPS } from "../steps/steps.ts";
import { bootUnit, NETWORK, wantedUnits } from "../steps/unit.ts";
import { renderOwnScripts } from "./own-scripts.ts";
import type { MachineFile } from "./units.ts";
import type { HeadIdentity } from "./user-data.ts";

export interface CloudHeadBoot extends HeadIdentity {
  readonly os: Os;
  /** The cloud's own programs, which its commands run. */
  readonly files: readonly BroughtFile[];
  readonly pack?: Pack;
  /** Missing where the cloud has its own way into its machines. */
  readonly agent?: Agent;
  /** See `GuestAccess`. */
  readonly localDisks?: string;
  /** Shell: `FETCH KEY FILE` fetches an object of the cluster's. */
  readonly fetchCommand: string;
  /** Shell; with `URL FILE` behind it, it fetches what the cluster file names. */
  readonly fetchUrlCommand: string;
  /** Shell: `REPORT failed MESSAGE` when a step fails before our program runs. */
  readonly reportCommand: string;
  readonly bundles: ProgramBundles;
  readonly clusterFileKey: string;
  readonly config: ClusterConfig;
}

const BOOT = "/etc/sluice/boot";
const BOOT_UNIT = "sluice-boot";

/**
 * cloud-init user data of a head machine in a cloud. It brings no secret and no cluster file: it
 * makes an image of a distribution's ready, fetches Sluice's own program, whose checksum it knows,
 * and hands over to that. Every step finds what is done already, at the first boot of a machine and
 * at every other.
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`
 */
export function renderCloudHeadUserData(boot: CloudHeadBoot): string {
  const { clusterName, provider, fileVersion, cloud } = boot;
  const identity: HeadIdentity = {
    clusterName,
    provider,
    ...(fileVersion === undefined ? {} : { fileVersion }),
    ...(cloud === undefined ? {} : { cloud }),
  };
  const units = [`${BOOT_UNIT}.service`, ...(boot.agent === undefined ? [] : [AGENT_UNIT])];
  const files: readonly BroughtFile[] = [
    ...boot.files,
    ...agentFiles(boot.agent, boot.config.HeadNode.Networking?.Proxy?.HttpProxyAddress),
    { path: HEAD_LAYOUT.headFile, mode: 0o644, content: `${JSON.stringify(identity)}\n` },
    packed({ path: BOOT, mode: 0o755, content: bootScript(boot) }, boot.pack),
    ...configuredFiles(boot),
    bootUnit(BOOT_UNIT, {
      description: "Make this machine the head of its cluster",
      script: BOOT,
      after: NETWORK,
      isRepeated: false,
    }),
    wantedUnits(units),
  ];
  const runcmd = [["systemctl", "start", "--no-block", ...units]];
  return checkedUserData(cloudConfig({ files, runcmd }), "the head");
}

function bootScript(boot: CloudHeadBoot): string {
  const { os, config, fetchCommand, reportCommand, clusterFileKey } = boot;
  const start = config.HeadNode.CustomActions?.OnNodeStart;
  const { scratch } = scratchOf(boot.localDisks, config.HeadNode.LocalStorage?.EphemeralVolume);
  const isGuarded = config.HeadNode.Imds?.Secured ?? true;
  return [
    "#!/bin/sh",
    STEPS,
    ...proxyLines(config.HeadNode.Networking?.Proxy?.HttpProxyAddress),
    // Our program ends with 3 when it has reported by itself.
    `failed() {
  if [ "$1 $status" = 'setup 3' ]; then return; fi
  ${reportCommand} failed "$1 failed on the head: $(tail -n 5 "$state/log" | cut -c 1-400)"
}`,
    installFunction({ os, role: "head", directory: config.DirectoryService !== undefined }),
    ...(start === undefined ? [] : [actionFunction(boot.fetchUrlCommand)]),
    `take_name() {
  hostname ${HEAD_NAME}
  echo ${HEAD_NAME} > /etc/hostname
  sed -i '/ ${HEAD_NAME}$/d' /etc/hosts
  echo "$(hostname -I | cut -d ' ' -f 1) ${HEAD_NAME}" >> /etc/hosts
}`,
    bundleFunction(boot.bundles, fetchCommand),
    `fetch_cluster_file() {
  ${fetchCommand} ${shellWord(clusterFileKey)} ${HEAD_LAYOUT.clusterFile}
}`,
    ...(isGuarded ? [GUARD_FUNCTION] : []),
    ...(scratch === undefined ? [] : [scratchFunction(scratch)]),
    "step name take_name",
    "step packages install_packages",
    "step bundle fetch_bundle",
    "step cluster-file fetch_cluster_file",
    ...(isGuarded ? ["step metadata guard_metadata"] : []),
    ...actionLines("OnNodeStart", start),
    ...(scratch === undefined ? [] : ["step scratch mount_scratch"]),
    `step setup ${HEAD_LAYOUT.program} setup`,
    "",
  ].join("\n");
}

/** What setup runs as the last thing before the cluster takes jobs. */
function configuredFiles({ config, fetchUrlCommand }: CloudHeadBoot): readonly MachineFile[] {
  const content = renderOwnScripts(config, {
    stage: "OnNodeConfigured",
    fetchUrlCommand,
    state: `${BOOT_STATE}/configured`,
  });
  return content === undefined ? [] : [{ path: HEAD_LAYOUT.configured, mode: 0o755, content }];
}
