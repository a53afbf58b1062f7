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
}
