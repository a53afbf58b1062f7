import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  type InstanceTypeInfo,
  type InstanceTypeOffering,
  type _InstanceType as TypeName,
} from "@aws-sdk/client-ec2";
import { type Ec2InstanceType, ec2InstanceType, ec2InstanceTypeNames } from "@sluice/model";
import { handle, ServiceError } from "../../contract.ts";
import { type Filters, fields, pageOf, passing } from "./describe.ts";
import type { Ec2State, Operations } from "./state.ts";

const TYPE_FILTERS: Filters<InstanceTypeInfo> = {
  ...fields<InstanceTypeInfo>("InstanceType", "CurrentGeneration", "BareMetal", "Hypervisor"),
  "processor-info.supported-architecture": ({ ProcessorInfo }) =>
    ProcessorInfo?.SupportedArchitectures,
  "supported-usage-class": ({ SupportedUsageClasses }) => SupportedUsageClasses,
  "network-info.efa-supported": ({ NetworkInfo }) => NetworkInfo?.EfaSupported,
  "vcpu-info.default-vcpus": ({ VCpuInfo }) => VCpuInfo?.DefaultVCpus,
};

const OFFERING_FILTERS = fields<InstanceTypeOffering>("InstanceType", "Location");

/** How many types a page has at most. */
const PAGE = 100;

export function typeOperations(state: Ec2State): Operations {
  return {
    DescribeInstanceTypes: handle(DescribeInstanceTypesCommand, (input) => {
      if (input.InstanceTypes !== undefined && input.InstanceTypes.length > 100) {
        throw new ServiceError(
          "InvalidParameterValue",
          "InstanceTypes can have at most 100 items.",
        );
      }
      const names = input.InstanceTypes ?? ec2InstanceTypeNames();
      const unknown = names.filter((name) => ec2InstanceType(name) === undefined);
      if (unknown.length > 0) {
        throw new ServiceError(
          "InvalidInstanceType",
          `The following supplied instance types do not exist: [${unknown.join(", ")}]`,
        );
      }
      const rows = passing(
        names.map((name) => typeInfo(knownType(name))),
        input.Filters,
        TYPE_FILTERS,
      );
      const asked = { MaxResults: PAGE, ...input };
      const page = pageOf(rows, asked, (row) => rows.indexOf(row) + 1);
      return { InstanceTypes: page.rows, NextToken: page.NextToken };
    }),
    DescribeInstanceTypeOfferings: handle(DescribeInstanceTypeOfferingsCommand, (input) => {
      const LocationType = input.LocationType ?? "region";
      const byZone = LocationType !== "region";
      const all = ec2InstanceTypeNames().flatMap((name) => {
        const zones = zonesOf(state, name);
        const places = byZone ? zones : zones.slice(0, 1).map(() => state.region.name);
        return places.map((Location) => ({
          InstanceType: name as TypeName,
          LocationType,
          Location,
        }));
      });
      const rows = passing(all, input.Filters, OFFERING_FILTERS);
      const serials = new Map(rows.map((row, at) => [row, at + 1]));
      const asked = { MaxResults: 1000, ...input };
      const page = pageOf(rows, asked, (row) => serials.get(row) ?? 0);
      return { InstanceTypeOfferings: page.rows, NextToken: page.NextToken };
    }),
  };
}

/** @throws ServiceError for a type that there is not. */
export function knownType(name: string): Ec2InstanceType {
  const type = ec2InstanceType(name);
  if (type !== undefined) return type;
  throw new ServiceError("InvalidParameterValue", `Invalid value '${name}' for InstanceType.`);
}

/** The zones that have machines of that type at all. */
export function zonesOf(state: Ec2State, type: string): string[] {
  return state.zones.filter((zone) => !state.notOffered.has(`${type}/${zone}`));
}

/** How many network interfaces a machine may have, on its first card. */
export function mostInterfaces({ vcpus }: Ec2InstanceType): number {
  if (vcpus <= 2) return 3;
  if (vcpus <= 8) return 4;
  return vcpus <= 32 ? 8 : 15;
}

function typeInfo(type: Ec2InstanceType): InstanceTypeInfo {
  const { vcpus, cores, threadsPerCore, gpus } = type;
  return {
    InstanceType: type.name as TypeName,
    CurrentGeneration: type.currentGeneration,
    BareMetal: type.bareMetal,
    ...(type.bareMetal ? {} : { Hypervisor: "nitro" }),
    BurstablePerformanceSupported: type.burstable,
    SupportedUsageClasses: [...type.usage],
    SupportedRootDeviceTypes: ["ebs"],
    ProcessorInfo: {
      SupportedArchitectures: [...type.arch],
      SustainedClockSpeedInGhz: type.clockGhz,
      Manufacturer: type.manufacturer,
    },
    VCpuInfo: {
      DefaultVCpus: vcpus,
      DefaultCores: cores,
      DefaultThreadsPerCore: threadsPerCore,
      ValidThreadsPerCore: threadsPerCore === 2 ? [1, 2] : [1],
    },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: type.nvmeGB > 0,
    ...(type.nvmeGB > 0
      ? { InstanceStorageInfo: { TotalSizeInGB: type.nvmeGB, NvmeSupport: "required" } }
      : {}),
    EbsInfo: { EbsOptimizedSupport: "default", EncryptionSupport: "supported" },
    NetworkInfo: {
      NetworkPerformance: type.network,
      MaximumNetworkInterfaces: mostInterfaces(type) * type.networkCards,
      MaximumNetworkCards: type.networkCards,
      DefaultNetworkCardIndex: 0,
      NetworkCards: Array.from({ length: type.networkCards }, (_, NetworkCardIndex) => ({
        NetworkCardIndex,
        MaximumNetworkInterfaces: mostInterfaces(type),
        ...(NetworkCardIndex === 0 ? { PeakBandwidthInGbps: type.networkGbps } : {}),
      })),
      EnaSupport: "required",
      EfaSupported: type.efa,
      ...(type.efa ? { EfaInfo: { MaximumEfaInterfaces: type.efaInterfaces } } : {}),
    },
    ...(gpus.length > 0
      ? {
          GpuInfo: {
            Gpus: gpus.map(({ model, manufacturer, count, memoryMiB }) => ({
              Name: model,
              Manufacturer: manufacturer,
              Count: count,
              MemoryInfo: { SizeInMiB: memoryMiB },
            })),
          },
        }
      : {}),
    PlacementGroupInfo: { SupportedStrategies: [...type.placement] },
    SupportedVirtualizationTypes: ["hvm"],
  };
}
