import { expect, test } from "vitest";
import { createdCluster, FakeSite } from "../testing/index.ts";
import { failOverSite } from "./fail-over.ts";

async function setUp(busyTimes: number) {
  const { cloud, clock } = await createdCluster("left");
  const site = new FakeSite(cloud, { name: "campus", clusters: { left: "HeadNode: {}\n" } });
  site.busyTimes = busyTimes;
  return { site, failOver: () => failOverSite({ cloud, clock, name: "campus", outOf: "a" }) };
}

test("a database that does not come to rest at once is asked again, and moves", async () => {
  const { site, failOver } = await setUp(2);
  expect(await failOver()).toEqual({ moved: ["database: site-b has the primary"] });
  expect(site.primary).toBe("site-b");
});

test("one that never does stays where it is, and says why", async () => {
  const { site, failOver } = await setUp(9);
  await expect(failOver()).rejects.toMatchObject({ code: "DATABASE_BUSY" });
  expect(site.primary).toBe("site-a");
});
