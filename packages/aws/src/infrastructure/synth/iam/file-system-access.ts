import type { ClusterConfig } from "@sluice/model";
import { TAGS } from "../../../names.ts";
import { arnOf } from "../scope.ts";
import { allow, type Statement } from "./statement.ts";

const MOUNT = [
  "elasticfilesystem:ClientMount",
  "elasticfilesystem:ClientWrite",
  "elasticfilesystem:ClientRootAccess",
];

/** What machines need to mount the file systems with `IamAuthorization`. */
export function efsStatements(config: ClusterConfig, unique: string): readonly Statement[] {
  const asking = config.SharedStorage.flatMap(({ EfsSettings }) =>
    EfsSettings?.IamAuthorization ? [EfsSettings] : [],
  );
  const existing = asking.flatMap(({ FileSystemId: id }) =>
    id === undefined ? [] : [arnOf("elasticfilesystem", `file-system/${id}`)],
  );
  const statements: Statement[] = [];
  if (existing.length < asking.length) {
    const own = { StringEquals: { [`aws:ResourceTag/${TAGS.clusterId}`]: unique } };
    statements.push(allow("EfsOwn", MOUNT, [arnOf("elasticfilesystem", "file-system/*")], own));
  }
  if (existing.length > 0) statements.push(allow("EfsGiven", MOUNT, existing));
  return statements;
}
