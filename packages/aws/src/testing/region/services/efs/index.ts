import {
  DescribeAccessPointsCommand,
  DescribeFileSystemsCommand,
  DescribeMountTargetSecurityGroupsCommand,
  DescribeMountTargetsCommand,
} from "@aws-sdk/client-efs";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

/** Tells of file systems that exist. */
export function efsService({ existing, account }: Region): Service {
  const system = (id: string | undefined) => {
    const found = existing.efs.get(id ?? "");
    if (found !== undefined) return found;
    throw new ServiceError("FileSystemNotFound", `File system '${id}' does not exist.`, 404);
  };
  return {
    name: "elasticfilesystem",
    protocol: "restJson",
    operations: {
      DescribeFileSystems: handle(DescribeFileSystemsCommand, ({ FileSystemId = "" }) => ({
        FileSystems: [
          {
            FileSystemId,
            OwnerId: account,
            CreationToken: FileSystemId,
            CreationTime: new Date(0),
            LifeCycleState: "available" as const,
            NumberOfMountTargets: system(FileSystemId).mountTargets.length,
            SizeInBytes: { Value: 6144 },
            PerformanceMode: "generalPurpose" as const,
            Tags: [],
            AvailabilityZoneName: system(FileSystemId).zone,
          },
        ],
      })),
      DescribeMountTargets: handle(DescribeMountTargetsCommand, ({ FileSystemId = "" }) => ({
        MountTargets: system(FileSystemId).mountTargets.map(({ zone, subnetId }, index) => ({
          MountTargetId: targetId(FileSystemId, index),
          FileSystemId,
          SubnetId: subnetId,
          AvailabilityZoneName: zone,
          LifeCycleState: "available" as const,
        })),
      })),
      DescribeMountTargetSecurityGroups: handle(
        DescribeMountTargetSecurityGroupsCommand,
        ({ MountTargetId }) => {
          for (const [id, { mountTargets }] of existing.efs) {
            const found = mountTargets.find((_, index) => targetId(id, index) === MountTargetId);
            if (found !== undefined) return { SecurityGroups: [...found.securityGroups] };
          }
          throw new ServiceError("MountTargetNotFound", `${MountTargetId} does not exist`, 404);
        },
      ),
      DescribeAccessPoints: handle(DescribeAccessPointsCommand, ({ AccessPointId = "" }) => {
        const FileSystemId = existing.efsAccessPoints.get(AccessPointId);
        if (FileSystemId === undefined) {
          throw new ServiceError("AccessPointNotFound", `${AccessPointId} does not exist`, 404);
        }
        return { AccessPoints: [{ AccessPointId, FileSystemId }] };
      }),
    },
  };
}

function targetId(fileSystem: string, index: number): string {
  return `fsmt-${fileSystem.replace("fs-", "")}${index}`;
}
