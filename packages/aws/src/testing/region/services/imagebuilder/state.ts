/** Something that Image Builder keeps. */
export interface Kept {
  readonly arn: string;
  readonly name: string;
  /** ARNs of what it is made of, which can't be deleted before it. */
  readonly uses: readonly string[];
  /** As it was asked for. */
  readonly input: object;
}

export interface BuiltImage extends Kept {
  state: {
    readonly status: "BUILDING" | "AVAILABLE" | "FAILED" | "CANCELLED";
    readonly reason?: string;
  };
  ami: string | undefined;
}

/** All that Image Builder holds, and how the next build is to go. */
export class ImageBuilds {
  readonly kept = new Map<string, Kept>();
  next: { readonly log: readonly string[]; readonly failure?: string } | undefined;
  /** Builds wait for it. */
  pause: Promise<void> | undefined;
}
