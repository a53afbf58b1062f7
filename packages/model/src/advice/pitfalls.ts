/** The ten pitfalls of Slurm in the cloud, by number. */
export const PITFALLS = {
  1: "Network",
  2: "Storage",
  3: "Autoscaling",
  4: "Machine types",
  5: "Cost",
  6: "Preemption",
  7: "The head node as a single point of failure",
  8: "Security",
  9: "Slow starts",
  10: "The cloud treated like a machine room",
} as const;

export type Pitfall = keyof typeof PITFALLS;
