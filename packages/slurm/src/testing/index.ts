export { FakeClock } from "./fake-clock.ts";
export type { SubmitOptions } from "./fake-job.ts";
export type {
  FakePartitionOptions,
  FakeSlurmHooks,
  FakeSlurmOptions,
  ReceivedSignal,
  RegisterOptions,
} from "./fake-options.ts";
export { createFakeSlurm, type FakeCall, FakeSlurm } from "./fake-slurm.ts";
