/** Numbers about a head, each at one instant. */
export interface HeadSigns {
  readonly time: Date;
  /** Of the file system that the head machine starts from, and of the one with its state. */
  readonly rootDiskUsedPercent: number;
  readonly stateDiskUsedPercent: number;
  readonly memoryUsedPercent: number;
}

/** Where a head says once a minute that its node manager runs, and how it is, for alarms. */
export interface SignSink {
  put(signs: HeadSigns, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
