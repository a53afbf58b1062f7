import { createCluster } from "../create-cluster.ts";
import { demoClusterFile, parsed } from "./demo-cluster.ts";
import { FakeCloud } from "./fake-cloud.ts";
import type { FakeHead } from "./fake-head.ts";
import { SteppingClock } from "./stepping-clock.ts";

export interface CreatedCluster {
  readonly cloud: FakeCloud;
  readonly clock: SteppingClock;
  readonly name: string;
  readonly head: FakeHead;
}

/** A fake cloud with one cluster in service. */
export async function createdCluster(name = "demo"): Promise<CreatedCluster> {
  const clock = new SteppingClock();
  const cloud = new FakeCloud(clock);
  const configText = demoClusterFile();
  const config = parsed(configText);
  await createCluster({ cloud, name, clock, config, configText });
  return { cloud, clock, name, head: cloud.head(name) };
}
