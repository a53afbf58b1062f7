import {
  DescribeBackupsCommand,
  DescribeFileCachesCommand,
  DescribeFileSystemsCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-fsx";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

/** Tells of file systems that exist. */
export function fsxService({ existing }: Region): Service {
  return {
    name: "fsx",
    protocol: "json",
    operations: {
      DescribeFileSystems: handle(DescribeFileSystemsCommand, ({ FileSystemIds }) => ({
        FileSystems: named(existing.fileSystems, FileSystemIds, "FileSystem"),
      })),
      DescribeFileCaches: handle(DescribeFileCachesCommand, ({ FileCacheIds }) => ({
        FileCaches: named(existing.fileCaches, FileCacheIds, "FileCache"),
      })),
      DescribeVolumes: handle(DescribeVolumesCommand, ({ VolumeIds }) => ({
        Volumes: named(existing.fsxVolumes, VolumeIds, "Volume"),
      })),
      DescribeBackups: handle(DescribeBackupsCommand, ({ BackupIds }) => ({
        Backups: named(existing.fsxBackups, BackupIds, "Backup"),
      })),
    },
  };
}

function named<T extends object>(
  rows: readonly T[],
  ids: readonly string[] | undefined,
  kind: string,
): T[] {
  const idOf = (row: T): string => String(Reflect.get(row, `${kind}Id`));
  const missing = ids?.find((id) => !rows.some((row) => idOf(row) === id));
  if (missing !== undefined) {
    throw new ServiceError(`${kind}NotFound`, `${kind} '${missing}' does not exist.`);
  }
  return rows.filter((row) => ids === undefined || ids.includes(idOf(row)));
}
