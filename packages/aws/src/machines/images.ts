import type { EC2Client } from "@aws-sdk/client-ec2";
import { CloudError } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import { cloudErrorOf } from "./errors.ts";
import { Remembered } from "./remembered.ts";

/** An image never changes, but it may go. */
const KEPT_MILLISECONDS = 3600_000;

/** What images call their root disk. */
export class RootDevices {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #kept: Remembered<string>;

  constructor(ec2: () => Promise<EC2Client>, clock: Clock) {
    this.#ec2 = ec2;
    this.#kept = new Remembered(clock, KEPT_MILLISECONDS);
  }

  of(imageId: string): Promise<string> {
    return this.#kept.get(imageId, () => this.#describe(imageId));
  }

  async #describe(imageId: string): Promise<string> {
    const { DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
    try {
      const client = await this.#ec2();
      const { Images = [] } = await client.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
      const name = Images[0]?.RootDeviceName;
      if (name !== undefined) return name;
    } catch (error) {
      throw cloudErrorOf(error, `image ${imageId}`);
    }
    throw new CloudError("LaunchRejected", `image ${imageId} does not exist`, {
      hint: "name another one in Image/CustomAmi",
    });
  }
}
