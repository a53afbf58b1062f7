import type { FileState } from "@sluice/cloud";

/** The document at `OBJECTS.index`, written with a condition on its ETag: nobody's change is lost. */
export interface FileIndex {
  readonly versions: readonly {
    readonly version: number;
    readonly givenAt: string;
    readonly state: FileState;
    /** True of one that failed before the head heard of it: the stack is as it was. */
    readonly isUndeployed?: true;
  }[];
  /**
   * A version whose stack is being changed before the head hears of it. Only the command line looks
   * at it; whoever else writes the index leaves it as it is.
   */
  readonly preparing?: { readonly version: number; readonly at: string };
  /** Of the version that was wanted last: how far the head is with it. */
  readonly update?: {
    readonly version: number;
    readonly status: "progress" | "done" | "failed";
    readonly message: string;
    readonly at: string;
    /** What was said before, of other versions too, oldest first. */
    readonly former?: readonly {
      readonly version: number;
      readonly status: "progress" | "done" | "failed";
      readonly message: string;
      readonly at: string;
    }[];
  };
}

/** The document at `OBJECTS.report`. */
export interface HeadReport {
  readonly status: "progress" | "ready" | "standing-by" | "failed";
  readonly message: string;
  readonly at: string;
  readonly instanceId: string;
}
