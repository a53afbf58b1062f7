import {
  type _InstanceType,
  DescribeInstanceTypesCommand,
  type EC2Client,
  type InstanceTypeInfo,
} from "@aws-sdk/client-ec2";
import { CloudError } from "@sluice/cloud";
import { type Clock, type ClusterConfig, type MachineType, machineTypeOf } from "@sluice/model";
import { cloudErrorOf, codeOf } from "../machines/errors.ts";
import { Remembered } from "../machines/remembered.ts";

const KEPT_MILLISECONDS = 24 * 3600_000;

/** From the account's request for a machine to its registration, of an image with all in it. */
const BOOT_SECONDS = 75;

/** Facts of machine types: those built in, and EC2's own of types that are newer. */
export class MachineTypes {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #kept: Remembered<MachineType>;

  constructor(ec2: () => Promise<EC2Client>, clock: Clock) {
    this.#ec2 = ec2;
    this.#kept = new Remembered(clock, KEPT_MILLISECONDS);
  }

  async of(name: string, config: ClusterConfig): Promise<MachineType> {
    const known = machineTypeOf("aws", name, config);
    return {
      ...(known ?? (await this.#kept.get(name, () => this.#ask(name)))),
      bootSeconds: BOOT_SECONDS,
    };
  }

  async #ask(name: string): Promise<MachineType> {
    const client = await this.#ec2();
    try {
      const { InstanceTypes = [] } = await client.send(
        new DescribeInstanceTypesCommand({ InstanceTypes: [name as _InstanceType] }),
      );
      const [found] = InstanceTypes;
      if (found !== undefined) return fromEc2(name, found);
    } catch (error) {
      if (codeOf(error) === "InvalidInstanceType") throw noSuchType(name);
      throw cloudErrorOf(error, `machine type ${name}`);
    }
    throw noSuchType(name);
  }
}

function noSuchType(name: string): CloudError {
  return new CloudError("NotFound", `there is no machine type ${name} in this region`);
}

function fromEc2(name: string, info: InstanceTypeInfo): MachineType {
  const { VCpuInfo, MemoryInfo, ProcessorInfo, GpuInfo, NetworkInfo } = info;
  const gpu = GpuInfo?.Gpus?.find(({ Manufacturer }) => Manufacturer === "NVIDIA");
  const isArm = ProcessorInfo?.SupportedArchitectures?.[0] === "arm64";
  return {
    name,
    arch: isArm ? "arm64" : "x86_64",
    vcpus: VCpuInfo?.DefaultVCpus ?? 1,
    threadsPerCore: VCpuInfo?.DefaultThreadsPerCore ?? 1,
    memoryMiB: MemoryInfo?.SizeInMiB ?? 1024,
    ...(gpu?.Name === undefined
      ? {}
      : {
          gpus: {
            model: gpu.Name.replaceAll(" ", "").toLowerCase(),
            count: Math.max(1, gpu.Count ?? 1),
          },
        }),
    ...(NetworkInfo?.EfaSupported === true ? { interconnect: "efa" } : {}),
    ...(info.BurstablePerformanceSupported === true ? { burstable: true } : {}),
  };
}
