/** What a register holds, and which writing it came of. */
export interface RegisterValue {
  readonly text: string;
  /** Changes with every writing, also of the same text. */
  readonly tag: string;
}

/**
 * Small texts of a cluster or a site that several machines agree on, kept by the cloud itself so that
 * they outlive each machine. A machine that the cloud can't be reached from can't read or write.
 */
export interface Registers {
  /** Undefined: never written. What was written before a read began is what it reads. */
  read(
    name: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RegisterValue | undefined>;

  /**
   * Writes if what is there is what the caller has seen.
   *
   * Rejects when the cloud did not answer: then it may have been written, now or a little later. Read
   * before trying again.
   *
   * @param expected tag that the caller has seen; undefined: the register was never written.
   * @returns the new tag, or undefined when somebody else wrote first.
   */
  write(
    name: string,
    text: string,
    expected: string | undefined,
    options?: { readonly signal?: AbortSignal },
  ): Promise<string | undefined>;
}
