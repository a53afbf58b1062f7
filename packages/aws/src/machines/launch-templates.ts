import { createHash } from "node:crypto";
import type {
  EC2Client,
  InstanceNetworkInterfaceSpecification,
  RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import type { PoolKey } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { launchTemplateName, TAGS } from "../names.ts";
import { cloudErrorOf, codeOf } from "./errors.ts";
import { clusterTags, poolTags, tagList, tagRecord } from "./plan/tags.ts";
import { Remembered } from "./remembered.ts";

/** A call that names an old one may still be on its way. */
const UNUSED_MILLISECONDS = 3600_000;
const GIVEN_MILLISECONDS = 600_000;

/**
 * Launch templates, which fleets can't do without. A name ends in a hash of all that is in it, so
 * that one which is there is the right one, and none ever gets a second version.
 */
export class LaunchTemplates {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #facts: ClusterFacts;
  readonly #clock: Clock;
  readonly #made = new Map<string, Promise<void>>();
  readonly #given: Remembered<readonly InstanceNetworkInterfaceSpecification[]>;

  constructor(ec2: () => Promise<EC2Client>, facts: ClusterFacts, clock: Clock) {
    this.#ec2 = ec2;
    this.#facts = facts;
    this.#clock = clock;
    this.#given = new Remembered(clock, GIVEN_MILLISECONDS);
  }

  /** Makes it unless it is there, and takes away what the pool used before. @returns its name. */
  async ensure(pool: PoolKey, data: RequestLaunchTemplateData): Promise<string> {
    const { name, unique } = this.#facts.cluster;
    const hash = createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 16);
    const template = launchTemplateName(name, unique, hash);
    let made = this.#made.get(template);
    if (made === undefined) {
      made = this.#make(template, pool, data);
      this.#made.set(template, made);
      made.catch(() => this.#made.delete(template));
    }
    await made;
    return template;
  }

  /** Somebody took one away that was there. */
  forget(): void {
    this.#made.clear();
  }

  /** The network interfaces of a template of the account's own. */
  interfacesOf(
    id: string,
    version: number,
  ): Promise<readonly InstanceNetworkInterfaceSpecification[]> {
    return this.#given.get(`${id} ${version}`, async () => {
      const { DescribeLaunchTemplateVersionsCommand } = await import("@aws-sdk/client-ec2");
      try {
        const client = await this.#ec2();
        const { LaunchTemplateVersions = [] } = await client.send(
          new DescribeLaunchTemplateVersionsCommand({
            LaunchTemplateId: id,
            Versions: [String(version)],
          }),
        );
        return LaunchTemplateVersions[0]?.LaunchTemplateData?.NetworkInterfaces ?? [];
      } catch (error) {
        throw cloudErrorOf(error, `launch template ${id}`);
      }
    });
  }

  async #make(name: string, pool: PoolKey, data: RequestLaunchTemplateData): Promise<void> {
    const { CreateLaunchTemplateCommand } = await import("@aws-sdk/client-ec2");
    const client = await this.#ec2();
    const Tags = tagList({ ...clusterTags(this.#facts), ...poolTags(pool) });
    try {
      await client.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: name,
          LaunchTemplateData: data,
          TagSpecifications: [{ ResourceType: "launch-template", Tags }],
        }),
      );
    } catch (error) {
      if (codeOf(error) === "InvalidLaunchTemplateName.AlreadyExistsException") return;
      throw cloudErrorOf(error, `launch template ${name}`);
    }
    // What is left over is taken away the next time, or with the cluster.
    await this.#removeOthers(client, name, pool).catch(() => {});
  }

  async #removeOthers(client: EC2Client, name: string, pool: PoolKey): Promise<void> {
    const { DescribeLaunchTemplatesCommand, DeleteLaunchTemplateCommand } = await import(
      "@aws-sdk/client-ec2"
    );
    const tags = { ...clusterTags(this.#facts), ...poolTags(pool) };
    const { LaunchTemplates = [] } = await client.send(
      new DescribeLaunchTemplatesCommand({
        Filters: Object.entries(tags).map(([key, value]) => ({
          Name: `tag:${key}`,
          Values: [value],
        })),
        MaxResults: 200,
      }),
    );
    const before = this.#clock.now().getTime() - UNUSED_MILLISECONDS;
    for (const { LaunchTemplateId, LaunchTemplateName = "", CreateTime, Tags } of LaunchTemplates) {
      const isOurs = tagRecord(Tags)[TAGS.clusterId] === this.#facts.cluster.unique;
      if (!isOurs || LaunchTemplateName === name || this.#made.has(LaunchTemplateName)) continue;
      if ((CreateTime?.getTime() ?? before) >= before) continue;
      await client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
    }
  }
}
