import {
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  SignalResourceCommand,
} from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { HeadCloud } from "@sluice/cloud";
import { expect, vi } from "vitest";
import { createAwsHeadCloud } from "../../../head.ts";
import { factsPath, HEAD_RESOURCE, OBJECTS, stackName, TAGS } from "../../../names.ts";
import type { FileIndex } from "../../../objects.ts";
import { imageOf } from "../../../testing/region/ground.ts";
import { IdleHypervisor } from "../../../testing/region/idle-hypervisor.ts";
import { Region } from "../../../testing/region/region.ts";
import { synthesise } from "../synthesise.ts";
import { clusterText, configOf, requestOf } from "./requests.ts";

const PATIENCE = { timeout: 40_000, interval: 20 };

/** A cluster's stack in a region on loopback, made from its templates, with a head that does nothing. */
export class Deployed implements AsyncDisposable {
  readonly region: Region;
  readonly hypervisor: IdleHypervisor;
  readonly #text: string;
  readonly #stack: string;
  #stackId = "";
  /** Commands that heads ran on themselves. */
  readonly ran: string[] = [];
  /** What heads said beside calls. */
  readonly said: string[] = [];
  readonly #heads: HeadCloud[] = [];

  private constructor(region: Region, hypervisor: IdleHypervisor, text: string) {
    this.region = region;
    this.hypervisor = hypervisor;
    this.#text = text;
    this.#stack = stackName(requestOf(configOf(text)).name);
  }

  /** @param name of one of the cluster files whose network is made. */
  static async of(name: string, more = ""): Promise<Deployed> {
    const hypervisor = new IdleHypervisor();
    const region = await Region.start({ hypervisor });
    const deployed = new Deployed(region, hypervisor, `${clusterText(name)}${more}`);
    await deployed.#make();
    return deployed;
  }

  async #make(): Promise<void> {
    const { region } = this;
    const request = requestOf(configOf(this.#text));
    const { bucket } = request;
    const { template, nested, parameters } = await synthesise(request);
    await region.call(CreateBucketCommand, {
      Bucket: bucket.name,
      CreateBucketConfiguration: { LocationConstraint: region.name },
    });
    const put = (Key: string, Body: string) =>
      region.call(PutObjectCommand, { Bucket: bucket.name, Key, Body: Buffer.from(Body) });
    const root = OBJECTS.template(bucket.prefix, "root");
    const at = new Date().toISOString();
    const index: FileIndex = { versions: [{ version: 1, givenAt: at, state: "in-force" }] };
    const objects = {
      ...nested,
      [root]: template,
      [OBJECTS.file(bucket.prefix, 1)]: this.#text,
      [OBJECTS.index(bucket.prefix)]: JSON.stringify(index),
    };
    for (const [key, text] of Object.entries(objects)) await put(key, text);
    const names = { StackName: this.#stack, ChangeSetName: "one" };
    const { StackId = "" } = await region.call(CreateChangeSetCommand, {
      ...names,
      ChangeSetType: "CREATE",
      TemplateURL: `https://${bucket.name}.s3.${region.name}.amazonaws.com/${root}`,
      Parameters: parameters.map((parameter) => {
        const { name: ParameterKey, kind } = parameter;
        if (kind !== "image") throw new Error(`${ParameterKey} asks for more than an image`);
        return { ParameterKey, ParameterValue: imageOf(parameter.os, parameter.arch) };
      }),
      Capabilities: ["CAPABILITY_NAMED_IAM"],
    });
    this.#stackId = StackId;
    await vi.waitFor(async () => {
      const { Status, StatusReason } = await region.call(DescribeChangeSetCommand, names);
      expect(Status, StatusReason).toBe("CREATE_COMPLETE");
    }, PATIENCE);
    await region.call(ExecuteChangeSetCommand, names);
    // The machine of each group is launched, and would signal in the end.
    const heads = request.config.HeadNode.Standby === undefined ? 1 : 2;
    await vi.waitFor(() => expect(this.headIds).toHaveLength(heads), PATIENCE);
    for (const UniqueId of this.headIds) {
      const signal = {
        StackName: this.#stack,
        LogicalResourceId: HEAD_RESOURCE,
        UniqueId,
        Status: "SUCCESS" as const,
      };
      await vi.waitFor(() => region.call(SignalResourceCommand, signal), PATIENCE);
    }
    await this.#settled("CREATE_COMPLETE");
  }

  /** Ends when the stack, which is being deleted, is. */
  gone(): Promise<void> {
    return this.#settled("DELETE_COMPLETE");
  }

  async #settled(status: string): Promise<void> {
    await vi.waitFor(async () => {
      const { Stacks = [] } = await this.region.call(DescribeStacksCommand, {
        StackName: this.#stackId,
      });
      expect(Stacks[0]?.StackStatus, Stacks[0]?.StackStatusReason).toBe(status);
    }, PATIENCE);
  }

  get headId(): string {
    return this.headIds[0] ?? "";
  }

  /** Of two heads, in the order in which they were launched. */
  get headIds(): readonly string[] {
    return this.#machines("head").map(({ id }) => id);
  }

  #machines(role: string) {
    return [...this.region.ec2.instances.values()].filter(({ state, row }) => {
      const isRole = row.Tags?.some(({ Key, Value }) => Key === TAGS.role && Value === role);
      return isRole && state !== "terminated";
    });
  }

  /** What the account calls a resource of the stack. */
  async idOf(LogicalResourceId: string): Promise<string> {
    const { StackResources = [] } = await this.region.call(DescribeStackResourcesCommand, {
      StackName: this.#stack,
      LogicalResourceId,
    });
    return StackResources[0]?.PhysicalResourceId ?? "";
  }

  /** For clients of the SDK: the endpoint, and what the head's role may do. */
  async asHead(headId = this.headId) {
    const caller = this.region.machineCaller(await this.idOf("HeadRole"), headId);
    const { name, endpoint, keys } = this.region;
    return { region: name, endpoint, credentials: keys.issue(caller, 3600) };
  }

  /** What the head's daemon holds of its account, by its role's rights. */
  async head(folder: string, headId = this.headId): Promise<HeadCloud> {
    const { name, unique, config, region } = requestOf(configOf(this.#text));
    const head = await createAwsHeadCloud({
      config,
      slurmVersion: "24.11",
      cloud: { region, factsPath: factsPath(name, unique) },
      client: await this.asHead(headId),
      folder,
      instanceId: async () => headId,
      deviceOf: (volumeId) => `/dev/${volumeId}`,
      log: (message) => void this.said.push(message),
      run: async (argv) => void this.ran.push(`${headId}: ${argv.join(" ")}`),
    });
    this.#heads.push(head);
    return head;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const head of this.#heads) await head[Symbol.asyncDispose]();
    await this.region.close();
  }
}
