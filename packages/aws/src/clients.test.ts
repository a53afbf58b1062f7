import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Clients, timeouts } from "./clients.ts";

/** A proxy that lets nobody through; where they wanted to go. */
let asked: string[];
const proxy = createServer().on("connect", (request, socket) => {
  asked.push(request.url ?? "");
  socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
});

beforeEach(async () => {
  asked = [];
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_ENDPOINT_URL", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise((resolve) => proxy.close(resolve));
});

async function call(requestHandler?: { readonly requestTimeout: number }): Promise<void> {
  const clients = new Clients({
    region: "eu-central-1",
    credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
    maxAttempts: 1,
    ...(requestHandler === undefined ? {} : { requestHandler }),
  });
  try {
    const ec2 = await clients.ec2();
    await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toThrow();
  } finally {
    clients.destroy();
  }
}

test("calls go through the proxy of the environment, whatever else is asked of them", async () => {
  await call();
  await call({ requestTimeout: 5000 });
  expect(asked).toEqual(Array(2).fill("ec2.eu-central-1.amazonaws.com:443"));
});

test("but not to where NO_PROXY says", async () => {
  vi.stubEnv("NO_PROXY", "ec2.invalid");
  const clients = new Clients({
    endpoint: "https://ec2.invalid",
    region: "eu-central-1",
    credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  const ec2 = await clients.ec2();
  await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toThrow(/ec2\.invalid/);
  clients.destroy();
  expect(asked).toEqual([]);
});

test("a call that nobody answers ends", async () => {
  vi.stubEnv("HTTPS_PROXY", "");
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const clients = new Clients({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
    maxAttempts: 1,
    requestHandler: timeouts(100),
  });
  try {
    const ec2 = await clients.ec2();
    await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
      name: "TimeoutError",
    });
  } finally {
    clients.destroy();
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  }
});
