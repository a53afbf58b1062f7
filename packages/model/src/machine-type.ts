/** A kind of machine that a cloud rents out. Memory is in MiB, prices are USD per hour. */
export interface MachineType {
  readonly name: string;
  readonly arch: "x86_64" | "arm64";
  readonly vcpus: number;
  readonly threadsPerCore: number;
  readonly memoryMiB: number;
  readonly gpus?: { readonly model: string; readonly count: number };
  /** On demand, Linux; missing when unknown. */
  readonly pricePerHour?: number;
  /** How long a machine of this kind usually takes from request to registered; the cloud's estimate. */
  readonly bootSeconds?: number;
  /** The network beside Ethernet that MPI is fast over; missing when it has none, or none is known. */
  readonly interconnect?: "efa" | "infiniband";
  /** Its processors are throttled once its credits are spent; missing when they are not. */
  readonly burstable?: boolean;
}
