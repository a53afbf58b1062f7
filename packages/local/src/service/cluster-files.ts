import {
  type FileVersion,
  isInService,
  type KeptFile,
  type Progress,
  type UpdateReport,
} from "@sluice/cloud";
import { type ClusterConfig, SluiceError } from "@sluice/model";
import { storedConfig } from "./cluster-config.ts";
import type { LocalUpdateRequest } from "./requests.ts";
import type { NextHead } from "./rows.ts";
import type { ClusterRow, FileRow, LocalStore } from "./store.ts";

/** What a cluster in service is called, by what became of its files. */
export function serviceStatus(row: Pick<ClusterRow, "fileVersion" | "wantedVersion">) {
  if (row.wantedVersion !== row.fileVersion) return "UPDATE_IN_PROGRESS";
  return row.fileVersion > 1 ? "UPDATE_COMPLETE" : "CREATE_COMPLETE";
}

/** The files of clusters: each that was given, which one is in force, which one is wanted. */
export class ClusterFilesStore {
  readonly #store: LocalStore;

  constructor(store: LocalStore) {
    this.#store = store;
  }

  /** The next version, wanted from here on. Errors: those of `Infrastructure.update`. */
  give(row: ClusterRow, request: LocalUpdateRequest): FileVersion {
    requireUpdatable(row, request);
    const version = (this.#store.files(row.name).at(-1)?.version ?? 0) + 1;
    this.#store.transaction(() => {
      if (row.wantedVersion !== row.fileVersion) {
        this.#store.setFileState(row.name, row.wantedVersion, "replaced");
      }
      this.#store.insertFile({
        cluster: row.name,
        version,
        givenAt: new Date().toISOString(),
        state: "wanted",
        text: request.configText,
        headUserData: request.headUserData,
      });
      this.#store.updateCluster(row.name, {
        wantedVersion: version,
        status: "UPDATE_IN_PROGRESS",
        reason: null,
      });
    });
    this.#event(row.name, "started", `version ${version}`);
    return { version, text: request.configText };
  }

  wanted({ name, wantedVersion, configText }: ClusterRow): FileVersion {
    const text = this.#find(name, wantedVersion)?.text ?? configText;
    return { version: wantedVersion, text };
  }

  /** The stage that the head is about to run with. */
  prepare(row: ClusterRow, config: ClusterConfig): void {
    const inForce = storedConfig({ ...row, stage: null });
    const text = JSON.stringify(config);
    const stage = inForce.ok && JSON.stringify(inForce.config) === text ? null : text;
    if (stage !== row.stage) this.#store.updateCluster(row.name, { stage });
  }

  report(row: ClusterRow, { version, status, message }: UpdateReport): void {
    const file = this.#find(row.name, version);
    if (file === undefined) return;
    switch (status) {
      case "progress":
        this.#event(row.name, "info", message);
        break;
      case "done":
        this.#done(row, file, message);
        break;
      case "failed":
        this.#failed(row, file, message);
        break;
      default:
        status satisfies never;
    }
  }

  /** Oldest first. */
  list(name: string): readonly KeptFile[] {
    return this.#store.files(name).map(({ version, text, givenAt, state }) => ({
      version,
      text,
      givenAt: new Date(givenAt),
      state,
    }));
  }

  #done(row: ClusterRow, file: FileRow, message: string): void {
    const { name } = row;
    if (row.fileVersion === file.version) return;
    const inForce = { fileVersion: file.version, configText: file.text, stage: null };
    const stored = storedConfig({ ...row, ...inForce, config: null });
    this.#store.transaction(() => {
      this.#store.setFileState(name, row.fileVersion, "former");
      this.#store.setFileState(name, file.version, "in-force");
      this.#store.updateCluster(name, {
        ...inForce,
        config: stored.ok ? JSON.stringify(stored.config) : null,
        headUserData: file.headUserData,
        ...nextHeadIn(row, file),
        ...(isInService(row.status)
          ? { status: serviceStatus({ ...row, ...inForce }), reason: null }
          : {}),
      });
    });
    this.#event(name, "done", message);
  }

  #failed(row: ClusterRow, file: FileRow, message: string): void {
    if (file.state !== "wanted") return;
    this.#store.transaction(() => {
      this.#store.setFileState(row.name, file.version, "failed");
      this.#store.updateCluster(row.name, {
        wantedVersion: row.fileVersion,
        reason: message,
        ...(isInService(row.status) ? { status: "UPDATE_FAILED" } : {}),
      });
    });
    this.#event(row.name, "failed", message);
  }

  #find(name: string, version: number): FileRow | undefined {
    return this.#store.files(name).find((file) => file.version === version);
  }

  #event(name: string, status: Progress["status"], message: string): void {
    this.#store.addEvent(name, { time: new Date(), resource: "update", status, message });
  }
}

/** Machines to come are what the heads are already, once that is their cluster's file. */
function nextHeadIn({ nextHead }: ClusterRow, file: FileRow): Partial<ClusterRow> {
  if (nextHead === null) return {};
  const { configText, imageRoot } = JSON.parse(nextHead) as NextHead;
  return configText === file.text ? { imageRoot, nextHead: null } : {};
}

/** Errors: those of `Infrastructure.update`. */
export function requireUpdatable(
  row: ClusterRow,
  { configText, replaces }: LocalUpdateRequest,
): void {
  const { name, status, fileVersion, wantedVersion } = row;
  if (!isInService(status)) {
    throw new SluiceError("CLUSTER_WRONG_STATE", "user", `cluster ${name} is ${status}`, {
      hint: "a cluster can be updated while its head runs",
    });
  }
  if (wantedVersion !== fileVersion && configText !== row.configText) {
    throw new SluiceError("CLUSTER_BUSY", "user", `an update of ${name} is under way`, {
      hint: `follow it with: sluice events -n ${name} --follow; call it off by an update with the file that is in force`,
    });
  }
  if (replaces !== fileVersion) {
    throw new SluiceError(
      "UPDATE_VERSION_CONFLICT",
      "user",
      `version ${fileVersion} of the file of ${name} is in force, and the update was planned for ${replaces}`,
      { hint: "look at what it does now with: sluice plan, and repeat it" },
    );
  }
}
