import { SignalResourceCommand } from "@aws-sdk/client-cloudformation";
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  HEAD_LEASE,
  HEAD_RESOURCE,
  OBJECTS,
  siteStackName,
  stackName,
  TAGS,
} from "../../../names.ts";
import type { HeadReport } from "../../../objects.ts";
import type { VirtualMachine } from "../../../testing/region/contract.ts";
import { IdleHypervisor } from "../../../testing/region/idle-hypervisor.ts";
import type { Region } from "../../../testing/region/region.ts";

/** Machines that do nothing, but for heads, which report themselves as real ones do. */
export class SimulatedHeads extends IdleHypervisor {
  region: Region | undefined;
  /** What the next heads say; undefined: nothing, for ever. */
  says: { readonly status: HeadReport["status"]; readonly message: string } | undefined = {
    status: "ready",
    message: "the head is ready",
  };
  readonly #playing = new Set<Promise<void>>();

  override async start(machine: VirtualMachine): Promise<void> {
    await super.start(machine);
    const playing = this.#play(machine).finally(() => this.#playing.delete(playing));
    this.#playing.add(playing);
  }

  /** Resolves when every head has said what it had to say. */
  async idle(): Promise<void> {
    await Promise.all(this.#playing);
  }

  async #play({ instanceId }: VirtualMachine): Promise<void> {
    const { region, says } = this;
    if (region === undefined || says === undefined) return;
    const { Reservations = [] } = await region.call(DescribeInstancesCommand, {
      InstanceIds: [instanceId],
    });
    const tags = new Map(
      Reservations[0]?.Instances?.[0]?.Tags?.map(({ Key, Value = "" }) => [Key, Value]),
    );
    const cluster = tags.get(TAGS.cluster) ?? "";
    if (tags.get(TAGS.role) === "site") await this.#playSite(region, instanceId, tags);
    if (tags.get(TAGS.role) !== "head") return;
    const report: HeadReport = { ...says, at: new Date().toISOString(), instanceId };
    const prefix = OBJECTS.prefix(cluster, tags.get(TAGS.clusterId) ?? "");
    const put = (Key: string, body: object) =>
      region.call(PutObjectCommand, {
        Bucket: `sluice-${region.account}-${region.name}`,
        Key,
        Body: JSON.stringify(body) as never,
      });
    await put(OBJECTS.report(prefix), report);
    // As if it led; of one head nobody reads it.
    if (says.status === "ready") {
      const record = { holder: `${instanceId}/boot`, term: 1, beat: 0 };
      await put(OBJECTS.register(prefix, HEAD_LEASE), {
        text: JSON.stringify(record),
        writing: "",
      });
      await put(OBJECTS.ready(prefix), report);
    }
    if (says.status === "progress") return;
    const signal = {
      StackName: stackName(cluster),
      LogicalResourceId: HEAD_RESOURCE,
      UniqueId: instanceId,
      Status: says.status === "ready" ? ("SUCCESS" as const) : ("FAILURE" as const),
    };
    // A stack that is made already takes no signal.
    await region.call(SignalResourceCommand, signal).catch(() => {});
  }

  /** A machine of a site says the same of itself. */
  async #playSite(
    region: Region,
    instanceId: string,
    tags: ReadonlyMap<string | undefined, string>,
  ): Promise<void> {
    const { says } = this;
    if (says === undefined) return;
    const [site = "", unique = ""] = [tags.get(TAGS.site), tags.get(TAGS.clusterId)];
    const machine = tags.get(TAGS.siteMachine) ?? "";
    const report: HeadReport = { ...says, at: new Date().toISOString(), instanceId };
    await region.call(PutObjectCommand, {
      Bucket: `sluice-${region.account}-${region.name}`,
      Key: OBJECTS.report(OBJECTS.siteMachine(OBJECTS.sitePrefix(site, unique), machine)),
      Body: JSON.stringify(report) as never,
    });
    if (says.status === "progress") return;
    const signal = {
      StackName: siteStackName(site),
      LogicalResourceId: `Machine${machine.slice(-1).toUpperCase()}`,
      UniqueId: instanceId,
      Status: says.status === "ready" ? ("SUCCESS" as const) : ("FAILURE" as const),
    };
    await region.call(SignalResourceCommand, signal).catch(() => {});
  }
}
