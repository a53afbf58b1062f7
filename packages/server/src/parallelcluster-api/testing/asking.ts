import { demoClusterFile } from "@sluice/lifecycle/testing";
import { expect } from "vitest";
import type { PEOPLE, Site } from "../../clusters/testing/site.ts";
import { expectDocumented } from "./documented.ts";

export const FILE = demoClusterFile();
export const IMAGE = `Provider: local
Build:
  ParentImage: debian13
`;

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Asks, and looks whether the answer is as the document says. */
export function asking(site: Site, who: keyof typeof PEOPLE | "nobody" = "root") {
  return async (method: Method, url: string, body?: object) => {
    const answer = await site.ask(who === "nobody" ? undefined : who, method, url, body);
    const document = expectDocumented(method, url, answer);
    // biome-ignore lint/suspicious/noExplicitAny: the document was looked at
    return { status: answer.statusCode, body: document as any };
  };
}

export type Ask = ReturnType<typeof asking>;

export async function settled(site: Site): Promise<void> {
  const [last] = await site.operations.list({ limit: 1 });
  await site.ended(last?.id ?? "");
}

export async function create(site: Site, ask: Ask): Promise<void> {
  const body = { clusterName: "demo", clusterConfiguration: FILE };
  const answer = await ask("POST", "/v3/clusters", body);
  expect(answer.status).toBe(202);
  expect(answer.body.cluster).toMatchObject({
    clusterName: "demo",
    region: "local",
    version: "3.12.0",
    clusterStatus: "CREATE_IN_PROGRESS",
    scheduler: { type: "slurm" },
  });
  await settled(site);
}
