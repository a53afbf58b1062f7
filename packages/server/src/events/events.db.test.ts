import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, type EventMessage, eventsRoutes } from "@sluice/api";
import { describe, expect, it } from "vitest";
import { type FrameOptions, person, startFrame } from "../http/testing/frame.ts";

const PEOPLE = {
  root: person("root", [{ role: "administrator", cluster: "*", account: "*" }]),
  ada: person("ada", [{ role: "user", cluster: "demo", account: "*" }]),
  files: person("files", [{ role: "user", cluster: "*", account: "*" }], ["files:read"]),
};

const start = (config: NonNullable<FrameOptions["config"]> = {}) =>
  startFrame({ people: PEOPLE, implementations: [], config });
type Frame = Awaited<ReturnType<typeof start>>;
type Who = keyof typeof PEOPLE;

const job = (id: number, unixUser = "ada", cluster = "demo") => ({
  topic: "job",
  kind: "changed",
  cluster,
  unixUser,
  data: { id },
});

/** Reads a stream in the background, from when it is open. */
async function listen(frame: Frame, who: Who, headers: Record<string, string> = {}, query = "") {
  const over = new AbortController();
  const answer = await frame.ask(`/api/v1/events${query}`, who, { headers, signal: over.signal });
  let text = "";
  const ended = (async () => {
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) return;
      text += value;
    }
  })().catch(() => {});
  return {
    status: answer.status,
    ids: () => [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id)),
    text: () => text,
    ended,
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await ended;
    },
  };
}

async function until(look: () => boolean): Promise<void> {
  while (!look()) await delay(5);
}

describe("a stream of events", () => {
  it("has what one may see, as it happens", async () => {
    await using frame = await start();
    await using ada = await listen(frame, "ada");
    await using root = await listen(frame, "root", {}, "?topics=job&clusters=demo");
    await using files = await listen(frame, "files");
    await until(() => [ada, root, files].every((one) => one.text().startsWith("retry:")));
    frame.events.publish(job(1));
    frame.events.publish(job(2, "ben"));
    frame.events.publish(job(3, "ada", "other"));
    frame.events.publish({ topic: "node", kind: "changed", cluster: "demo", data: { id: 4 } });
    frame.events.publish({ topic: "file", kind: "changed", unixUser: "files", data: { id: 5 } });
    frame.events.publish(job(6));
    await until(() => ada.ids().includes(6) && root.ids().includes(6) && files.ids().includes(5));
    expect(ada.ids()).toEqual([1, 4, 6]);
    expect(root.ids()).toEqual([1, 2, 6]);
    expect(files.ids()).toEqual([5]);
  });

  it("of the whole site is for its operators", async () => {
    await using frame = await start();
    await using ada = await listen(frame, "ada");
    await using root = await listen(frame, "root");
    await until(() => [ada, root].every((one) => one.text().startsWith("retry:")));
    const data = (id: number) => ({ id, image: "of-the-site" });
    frame.events.publish({ topic: "operation", kind: "created", data: data(1) });
    frame.events.publish({ topic: "operation", kind: "created", cluster: "demo", data: data(2) });
    await until(() => ada.ids().includes(2) && root.ids().includes(2));
    expect(ada.ids()).toEqual([2]);
    expect(root.ids()).toEqual([1, 2]);
  });

  it("goes on after the last id, and says when that is forgotten", async () => {
    await using frame = await start({ Events: { Remembered: 100 } });
    for (let id = 1; id <= 50; id += 1) frame.events.publish(job(id));
    await using back = await listen(frame, "ada", { "last-event-id": "p-48" });
    await until(() => back.ids().length === 2);
    expect(back.ids()).toEqual([49, 50]);
    for (let id = 51; id <= 300; id += 1) frame.events.publish(job(id));
    for (const since of ["p-1", "another-7", "p-99999", "p-", "'; DROP"]) {
      await using lost = await listen(frame, "ada", {}, `?since=${encodeURIComponent(since)}`);
      await until(() => lost.text().includes("event: "));
      expect(lost.text()).toContain("event: lost");
      expect(lost.text()).toContain("id: p-300");
    }
  });

  it("is let go when it is not read, and nobody else waits for it", async () => {
    await using frame = await start();
    const socket = await unread(frame);
    await using ada = await listen(frame, "ada");
    await until(() => ada.text() !== "");
    let id = 0;
    let isClosed = false;
    socket.once("close", () => {
      isClosed = true;
    });
    const note = "x".repeat(20_000);
    while (!isClosed && id < 5000) {
      id += 1;
      frame.events.publish({ ...job(id), data: { id, note } });
      await until(() => ada.ids().at(-1) === id);
      // Its end is seen by who reads, and this one does not.
      if (id % 100 === 0 && (await streamsOpen(frame)) === 1) break;
    }
    expect(await streamsOpen(frame)).toBe(1);
    expect(id).toBeLessThan(5000);
    socket.destroy();
  });

  it("is one of so many, in all and for each account", async () => {
    await using frame = await start({ Events: { MaxStreams: 3, MaxStreamsOfUser: 2 } });
    await using _one = await listen(frame, "ada");
    {
      await using _two = await listen(frame, "ada");
      expect((await frame.ask("/api/v1/events", "ada")).status).toBe(503);
      await using root = await listen(frame, "root");
      expect(root.status).toBe(200);
      expect((await frame.ask("/api/v1/events", "root")).status).toBe(503);
    }
    while ((await streamsOpen(frame)) > 1) await delay(5);
    await using again = await listen(frame, "ada");
    expect(again.status).toBe(200);
  });

  it("says goodbye when the server stops, and the client comes back to the next", async () => {
    const first = await start();
    let baseUrl = first.url;
    const over = new AbortController();
    const seen: EventMessage[] = [];
    const client = createClient({
      baseUrl: "http://server",
      headers: { authorization: "Bearer ada" },
      fetch: (input, init) => fetch(String(input).replace("http://server", baseUrl), init),
      sleep: async () => void (await delay(10)),
    });
    const reading = (async () => {
      const { signal } = over;
      for await (const event of client.events(eventsRoutes.streamEvents, { signal })) {
        seen.push(event);
      }
    })();
    while ((await streamsOpen(first)) === 0) await delay(5);
    first.events.publish(job(1));
    await until(() => seen.length === 1);
    await first[Symbol.asyncDispose]();
    expect(seen.map(({ event }) => event)).toEqual(["job", "bye"]);
    await using second = await start();
    baseUrl = second.url;
    while ((await streamsOpen(second)) === 0) await delay(5);
    second.events.publish(job(2));
    await until(() => seen.some(({ data }) => (data as { data?: { id: number } }).data?.id === 2));
    over.abort();
    await reading;
  });
});

/** A reader that never reads. */
async function unread({ port }: Frame): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  socket.on("error", () => {});
  socket.write("GET /api/v1/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ada\r\n\r\n");
  return socket;
}

async function streamsOpen(frame: Frame): Promise<number> {
  const text = await (await frame.ask("/metrics", "root")).text();
  return Number(/^sluice_event_streams_open (\d+)$/m.exec(text)?.[1] ?? -1);
}
