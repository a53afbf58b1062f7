import { demoClusterFile } from "@sluice/lifecycle/testing";
import { expect } from "vitest";
import type { Site } from "./site.ts";

export const FILE = demoClusterFile();
export const BIGGER = FILE.replace("MaxCount: 4", "MaxCount: 8");
export const IMPOSSIBLE = FILE.replace("debian13", "debian12");

/** Creates a cluster as people do. Gives the id of the operation that did it. */
export async function created(site: Site, clusterName = "demo"): Promise<string> {
  const body = { clusterName, clusterConfiguration: FILE };
  const answer = await site.ask("root", "POST", "/api/v1/clusters", body);
  expect(answer.statusCode, answer.body).toBe(202);
  const { id } = answer.json();
  const { state } = (await site.ended(id)) ?? {};
  expect(state).toBe("done");
  return id;
}
