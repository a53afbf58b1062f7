import type { Application } from "./schema.ts";

/** Who asks, as far as applications go. */
export interface Viewer {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly isAdministrator: boolean;
}

export interface ApplicationShare {
  readonly kind: "everyone" | "group" | "user";
  /** Empty for everyone. */
  readonly name: string;
  readonly access: "use" | "edit";
}

/** What a list shows. */
export interface StoredApplication {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly latestVersion: number;
  readonly publishedVersion: number | undefined;
  readonly isLibrary: boolean;
  readonly mayEdit: boolean;
  /** With whom it is shared, for those who may edit it. */
  readonly shares?: readonly ApplicationShare[];
  readonly changedAt: Date;
  /** Of the version that this person would submit: the published one, or the newest of a draft. */
  readonly version: number;
  readonly application: Application;
}

export interface ApplicationVersion {
  readonly version: number;
  readonly text: string;
  readonly savedBy: string;
  readonly savedAt: Date;
  readonly note: string;
}

/** The site's applications. What a person may not see is not there: `APPLICATION_NOT_FOUND`. */
export interface Applications {
  /** On the first start of a site, those that come along. */
  seed(): Promise<readonly string[]>;
  list(viewer: Viewer): Promise<readonly StoredApplication[]>;
  /** @param version missing: the published one; of a draft, for those who may edit it, the newest. */
  get(viewer: Viewer, name: string, version?: number): Promise<StoredApplication>;
  versions(viewer: Viewer, name: string): Promise<readonly ApplicationVersion[]>;
  /** The YAML as it was written. */
  text(viewer: Viewer, name: string, version?: number): Promise<ApplicationVersion>;
  /**
   * A new version of the application that the text names, or a new application. Errors:
   * `APPLICATION_FILE_INVALID`, `APPLICATION_CHANGED` when `onlyOver` is not the newest version,
   * `APPLICATION_NAME_TAKEN` when there is one that this person may not change.
   */
  save(viewer: Viewer, text: string, options?: SaveOptions): Promise<StoredApplication>;
  /** @param version undefined: back to a draft. */
  publish(viewer: Viewer, name: string, version: number | undefined): Promise<StoredApplication>;
  shares(viewer: Viewer, name: string): Promise<readonly ApplicationShare[]>;
  /** These, and no others. Errors: `USER_NOT_FOUND`, `GROUP_NOT_FOUND`. */
  share(viewer: Viewer, name: string, shares: readonly ApplicationShare[]): Promise<void>;
  /** Runs that were made of it stay. */
  remove(viewer: Viewer, name: string): Promise<void>;
  /** One that came along, as it came, as a new published version. */
  restore(viewer: Viewer, name: string): Promise<StoredApplication>;
}

export interface SaveOptions {
  readonly note?: string;
  /** The newest version that the person saw; 0: none may be there. */
  readonly onlyOver?: number;
}
