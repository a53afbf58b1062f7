import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { withWholeBody } from "./chunked.ts";
import { readInput, writeError, writeOutput } from "./codec.ts";
import { type Call, type Service, ServiceError } from "./contract.ts";
import { refuse } from "./refusals.ts";
import type { Region, Registered } from "./region.ts";
import type { Routed } from "./router.ts";
import { bucketOf } from "./services/s3/address.ts";
import { type Signature, signatureOf } from "./sigv4.ts";
import type { WireReply, WireRequest } from "./wire.ts";

/** One request, from its signature to its reply. */
export async function answer(
  region: Region,
  request: WireRequest,
  gone: AbortSignal,
): Promise<WireReply> {
  const requestId = randomUUID();
  if (region.faults.latency > 0) await delay(region.faults.latency);
  let speaking: Pick<Service, "name" | "protocol"> = UNKNOWN;
  let reply: WireReply;
  region.answering += 1;
  try {
    const signature = signatureOf(request);
    const registered = region.service(signature?.service ?? "s3");
    if (registered === undefined) {
      throw new ServiceError("UnknownService", `${signature?.service} is not served here`, 404);
    }
    speaking = registered.service;
    reply = await served(region, registered, request, signature, { requestId, gone });
  } catch (error) {
    reply = writeError(speaking, asServiceError(region, error), requestId);
  } finally {
    region.answering -= 1;
  }
  const headers = {
    ...reply.headers,
    "x-amzn-requestid": requestId,
    "x-amz-request-id": requestId,
    date: region.now().toUTCString(),
  };
  // Answers to HEAD say how long the body would be.
  const body = request.method === "HEAD" ? "" : reply.body;
  return { status: reply.status, headers, body };
}

const UNKNOWN = { name: "unknown", protocol: "query" } as const;

async function served(
  region: Region,
  registered: Registered,
  request: WireRequest,
  signature: Signature | undefined,
  context: Pick<Call, "requestId" | "gone">,
): Promise<WireReply> {
  const { service } = registered;
  const caller = region.keys.callerOf(service, request, signature, region.name);
  const whole = withWholeBody(request);
  const { routed, fixed } = routedTo(registered, whole);
  const operation = registered.operations.get(routed.operation);
  if (operation === undefined) throw unserved(service, routed.operation);
  region.calls.push({ service: service.name, operation: operation.name, caller });
  disturb(region, service, operation.name);
  const input = { ...readInput(service.protocol, operation, whole, routed.labels), ...fixed };
  const call: Call = {
    service: service.name,
    operation: operation.name,
    caller,
    ...context,
    headers: whole.headers,
  };
  const output = await region.run(registered, call, input);
  return writeOutput(service.protocol, operation, output, context.requestId);
}

/** The operation by the service's protocol. @returns `fixed`: input that is not in the path. */
function routedTo(
  { service, router }: Registered,
  request: WireRequest,
): { readonly routed: Routed; readonly fixed: object } {
  switch (service.protocol) {
    case "ec2Query":
    case "query": {
      const action = new URLSearchParams(request.body.toString()).get("Action") ?? "";
      return { routed: { operation: action, labels: {} }, fixed: {} };
    }
    case "json": {
      const target = request.headers["x-amz-target"] ?? "";
      return { routed: { operation: target.split(".").at(-1) ?? "", labels: {} }, fixed: {} };
    }
    case "restJson":
    case "restXml": {
      const { bucket, path } =
        service.name === "s3" ? bucketOf(request) : { bucket: undefined, path: request.path };
      const routed = router.find(request, path);
      if (routed === undefined)
        throw unserved(service, `${request.method} ${request.path}?${request.query}`);
      return { routed, fixed: bucket === undefined ? {} : { Bucket: bucket } };
    }
    default:
      return service.protocol satisfies never;
  }
}

function unserved({ name, protocol }: Service, operation: string): ServiceError {
  const isRpc = protocol === "ec2Query" || protocol === "query";
  const code = isRpc ? "InvalidAction" : "UnknownOperationException";
  return new ServiceError(
    name === "s3" ? "NotImplemented" : code,
    `${name}:${operation} is not served by the region on loopback`,
    name === "s3" ? 501 : 400,
  );
}

/** What was ordered in `Faults`. */
function disturb({ faults }: Region, service: Service, operation: string): void {
  const name = `${service.name}:${operation}`;
  const throttled = faults.throttle.get(name) ?? 0;
  if (throttled > 0) {
    faults.throttle.set(name, throttled - 1);
    throw refuse(service, "throttled", "Rate exceeded");
  }
  const failing = faults.fail.get(name);
  if (failing !== undefined && failing.times > 0) {
    failing.times -= 1;
    const isTheirs = /Internal|Unavailable/.test(failing.code);
    throw new ServiceError(failing.code, failing.message, isTheirs ? 503 : 400);
  }
}

function asServiceError(region: Region, error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  region.defects.push(error);
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new ServiceError("InternalFailure", `a defect of the region on loopback: ${shown}`, 500);
}
