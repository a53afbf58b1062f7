import { expect, test } from "vitest";
import { FACTS } from "../machines/testing/facts.ts";
import { queueFile } from "../machines/testing/world.ts";
import { clusterMounts } from "./mounts.ts";

const QUEUE = "ComputeResources: [{Name: c, InstanceType: c5.large}]";

function mounts(storage: string, fileSystems: (typeof FACTS)["fileSystems"] = {}) {
  const config = queueFile(QUEUE, storage === "" ? "" : `SharedStorage: [${storage}]`);
  return clusterMounts(config, { ...FACTS, fileSystems });
}

test("homes and EBS volumes come from the head, which keeps its address", () => {
  const options = ["hard", "noatime", "_netdev"];
  expect(mounts("{Name: d, MountDir: /data, StorageType: Ebs}")).toEqual([
    { type: "nfs4", source: "10.0.0.250:/home", mountPoint: "/home", options },
    { type: "nfs4", source: "10.0.0.250:/data", mountPoint: "/data", options },
  ]);
});

test("homes come from elsewhere where the file mounts something there", () => {
  const efs = { type: "efs", dnsName: "fs-01.efs.eu-central-1.amazonaws.com", path: "/" } as const;
  expect(mounts("{Name: h, MountDir: home, StorageType: Efs}", { h: efs })).toEqual([
    { type: "efs", source: `${efs.dnsName}:/`, mountPoint: "/home", options: ["_netdev"] },
  ]);
});

test("homes come from the file system of the cluster's own folders where it has one", () => {
  const own = { type: "efs", dnsName: "fs-1.efs.eu-central-1.amazonaws.com", path: "/" } as const;
  expect(mounts("{Name: d, MountDir: /data, StorageType: Ebs}", { default: own })).toMatchObject([
    { type: "efs", source: `${own.dnsName}:/`, mountPoint: "/home" },
    { source: "10.0.0.250:/data" },
  ]);
});

test("EFS is mounted as its settings and its access point want it", () => {
  const storage =
    "{Name: e, MountDir: /e, StorageType: Efs, EfsSettings: {EncryptionInTransit: true, IamAuthorization: true}}";
  const e = { type: "efs", dnsName: "fs-01.efs", path: "/", accessPointId: "fsap-1" } as const;
  expect(mounts(storage, { e })[1]?.options).toEqual([
    "tls",
    "iam",
    "accesspoint=fsap-1",
    "_netdev",
  ]);
});

test("the file systems of FSx are mounted by their names and paths", () => {
  const storage = [
    "StorageType: FsxLustre",
    "StorageType: FsxOntap, FsxOntapSettings: {VolumeId: fsvol-0123456789abcdef0}",
    "StorageType: FsxOpenZfs, FsxOpenZfsSettings: {VolumeId: fsvol-0123456789abcdef1}",
    "StorageType: FileCache, FileCacheSettings: {FileCacheId: fc-0123456789abcdef0}",
  ]
    .map((keys, at) => `{Name: n${at}, MountDir: /n${at}, ${keys}}`)
    .join();
  const found = mounts(storage, {
    n0: { type: "lustre", dnsName: "fs-0.fsx", path: "abcdef" },
    n1: { type: "ontap", dnsName: "svm-1.fs-1.fsx", path: "/vol1" },
    n2: { type: "openzfs", dnsName: "fs-2.fsx", path: "/fsx/vol" },
    n3: { type: "filecache", dnsName: "fc-3.fsx", path: "ghijkl" },
  });
  expect(found.slice(1).map(({ type, source }) => `${type} ${source}`)).toEqual([
    "lustre fs-0.fsx@tcp:/abcdef",
    "nfs4 svm-1.fs-1.fsx:/vol1",
    "nfs4 fs-2.fsx:/fsx/vol",
    "lustre fc-3.fsx@tcp:/ghijkl",
  ]);
});
