import type { EC2Client } from "@aws-sdk/client-ec2";
import type { ClusterFacts } from "../facts.ts";
import { cloudErrorOf, codeOf } from "./errors.ts";
import { clusterTags, tagList } from "./plan/tags.ts";

/** Placement groups that the head makes; they are taken away with the cluster. */
export class PlacementGroups {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #facts: ClusterFacts;
  readonly #made = new Map<string, Promise<void>>();

  constructor(ec2: () => Promise<EC2Client>, facts: ClusterFacts) {
    this.#ec2 = ec2;
    this.#facts = facts;
  }

  /** Makes it unless it is there. */
  ensure(name: string): Promise<void> {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name);
    this.#made.set(name, made);
    made.catch(() => this.#made.delete(name));
    return made;
  }

  /** EC2 did not know one that was there: somebody took it away. */
  forget(): void {
    this.#made.clear();
  }

  async #make(name: string): Promise<void> {
    const { CreatePlacementGroupCommand } = await import("@aws-sdk/client-ec2");
    const Tags = tagList(clusterTags(this.#facts));
    try {
      const client = await this.#ec2();
      await client.send(
        new CreatePlacementGroupCommand({
          GroupName: name,
          Strategy: "cluster",
          TagSpecifications: [{ ResourceType: "placement-group", Tags }],
        }),
      );
    } catch (error) {
      if (codeOf(error) !== "InvalidPlacementGroup.Duplicate") {
        throw cloudErrorOf(error, `placement group ${name}`);
      }
    }
  }
}
