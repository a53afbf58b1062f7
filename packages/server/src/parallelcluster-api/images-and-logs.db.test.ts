import { expect, test } from "vitest";
import { testSite } from "../clusters/testing/site.ts";
import { asking, create, IMAGE, settled } from "./testing/asking.ts";

test("events and kept logs are read in pages; what a cloud does not keep is a 400", async () => {
  await using site = await testSite();
  const ask = asking(site);
  await create(site, ask);
  const events = (await ask("GET", "/v3/clusters/demo/stackevents")).body.events;
  expect(events[0]).toMatchObject({ logicalResourceId: "head", resourceStatus: "CREATE_COMPLETE" });
  const unkept = await ask("GET", "/v3/clusters/demo/logstreams");
  expect(unkept).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining("keeps no logs") },
  });

  const { logs } = site.cloud.openAccount();
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 8, minute));
  const lines = [1, 2, 3].map((minute) => ({ time: at(minute), text: `line ${minute}` }));
  logs.append("demo", "head/slurmctld", lines);
  logs.append("demo", "main-dy-small-1/slurmd", lines);
  const streams = async (query: string) =>
    (await ask("GET", `/v3/clusters/demo/logstreams${query}`)).body.logStreams.map(
      ({ logStreamName }: { logStreamName: string }) => logStreamName,
    );
  expect(await streams("")).toEqual(["head/slurmctld", "main-dy-small-1/slurmd"]);
  expect(await streams("?filters=Name=node-type,Values=HeadNode")).toEqual(["head/slurmctld"]);
  expect(await streams("?filters=Name%3Dprivate-dns-name%2CValues%3Dmain-dy-small-1")).toEqual([
    "main-dy-small-1/slurmd",
  ]);
  expect((await ask("GET", "/v3/clusters/demo/logstreams?filters=all")).status).toBe(400);

  const log = "/v3/clusters/demo/logstreams/head%2Fslurmctld";
  const first = (await ask("GET", `${log}?startFromHead=true&limit=2`)).body;
  expect(first.events.map(({ message }: { message: string }) => message)).toEqual([
    "line 1",
    "line 2",
  ]);
  const next = await ask("GET", `${log}?startFromHead=true&limit=2&nextToken=${first.nextToken}`);
  expect(next.body.events).toMatchObject([{ message: "line 3" }]);
  const since = await ask("GET", `${log}?startTime=2026-01-05T08:03:00Z&endTime=2026-01-06`);
  expect(since.body.events).toMatchObject([{ message: "line 3" }]);
  expect((await ask("GET", `${log}?startTime=yesterday`)).status).toBe(400);
  expect((await ask("GET", `${log}?limit=0`)).status).toBe(400);
  expect((await ask("GET", "/v3/clusters/demo/logstreams/none")).status).toBe(404);
});

test("images are built, described and deleted", async () => {
  await using site = await testSite();
  const ask = asking(site);
  const official = await ask("GET", "/v3/images/official?os=debian13&architecture=x86_64");
  expect(official.body.images).toMatchObject([{ os: "debian13", amiId: "debian13" }]);
  expect((await ask("GET", "/v3/images/custom?imageStatus=AVAILABLE")).body).toEqual({
    images: [],
  });
  const { images } = site.cloud.openAccount();
  await images.build(
    {
      id: "mine",
      config: { Build: { InstanceType: "c7i.large" } } as never,
      configText: IMAGE,
    },
    { onProgress: () => {}, signal: new AbortController().signal },
  );
  const one = "/v3/images/custom/mine";
  const described = await ask("GET", one);
  expect(described.body).toMatchObject({
    imageId: "mine",
    imageBuildStatus: "BUILD_COMPLETE",
    ec2AmiInfo: { amiId: expect.any(String), state: "AVAILABLE" },
  });
  const url = new URL(described.body.imageConfiguration.url);
  expect((await site.app.inject({ url: url.pathname + url.search })).body).toBe(IMAGE);
  const available = await ask("GET", "/v3/images/custom?imageStatus=AVAILABLE");
  expect(available.body.images).toMatchObject([{ imageId: "mine" }]);
  expect((await ask("GET", "/v3/images/custom?imageStatus=PENDING")).body.images).toEqual([]);

  const [stream] = (await ask("GET", `${one}/logstreams`)).body.logStreams;
  const name = encodeURIComponent(stream.logStreamName);
  const log = await ask("GET", `${one}/logstreams/${name}?limit=1`);
  expect(log.body.events).toMatchObject([{ message: "done" }]);
  expect((await ask("GET", `${one}/stackevents`)).status).toBe(400);
  expect((await ask("GET", "/v3/images/custom/other")).status).toBe(404);

  const gone = await ask("DELETE", `${one}?force=true`);
  expect(gone).toMatchObject({
    status: 202,
    body: { image: { imageBuildStatus: "DELETE_IN_PROGRESS" } },
  });
  await settled(site);
  expect((await ask("GET", one)).status).toBe(404);
  const wrong = { imageId: "x", imageConfiguration: "Build: 7" };
  const refused = (await ask("POST", "/v3/images/custom", wrong)).body;
  expect(refused.configurationValidationErrors).toContainEqual(
    expect.objectContaining({ level: "ERROR", message: expect.stringContaining("Build") }),
  );
});
