import {
  type ClusterConfig,
  findingsError,
  nodeGroups,
  parseStoredClusterFile,
  type SluiceError,
} from "@sluice/model";
import type { HeadsFrom } from "./live-cluster.ts";
import type { ClusterRow, NextHead } from "./rows.ts";

export type StoredConfig =
  | { readonly ok: true; readonly config: ClusterConfig }
  | { readonly ok: false; readonly error: SluiceError };

/**
 * What a cluster's machines are made by: the stage that its head runs with, or the file in force. A
 * file that was taken by a version of Sluice which read it less strictly means what it meant then.
 */
export function storedConfig(row: ClusterRow): StoredConfig {
  if (row.stage !== null) return { ok: true, config: JSON.parse(row.stage) as ClusterConfig };
  return configInForce(row);
}

function configInForce({ name, configText, config }: ClusterRow): StoredConfig {
  const parsed = parseStoredClusterFile(configText, `the file of ${name}`);
  if (parsed.ok) return { ok: true, config: parsed.config };
  if (config !== null) return { ok: true, config: JSON.parse(config) as ClusterConfig };
  return { ok: false, error: findingsError(parsed.findings) };
}

/** @param config of the file in force. */
export function headsFrom(row: ClusterRow, config: ClusterConfig): HeadsFrom {
  const { headUserData, imageRoot, nextHead } = row;
  if (nextHead === null) return { config, headUserData, imageRoot };
  const { configText, ...next } = JSON.parse(nextHead) as NextHead;
  const parsed = parseStoredClusterFile(configText, `the next file of ${row.name}`);
  return { config: parsed.ok ? parsed.config : config, ...next };
}

/** Every node that slurmctld may speak to: of the file in force, and of the stage on the way. */
export function nodeNames(row: ClusterRow): readonly string[] {
  const configs = [configInForce(row), ...(row.stage === null ? [] : [storedConfig(row)])];
  const names = configs.flatMap((stored) =>
    stored.ok ? nodeGroups(stored.config).flatMap((group) => group.names()) : [],
  );
  return [...new Set(names)];
}
