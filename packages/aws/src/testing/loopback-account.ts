import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  awsJson,
  ec2,
  efs,
  iam,
  type Reply,
  resourceGroups,
  route53,
  s3,
  sts,
} from "./services.ts";
import type { AccountState } from "./state.ts";

export interface Call {
  readonly service: string;
  readonly action: string;
}

/** A request as a service sees it. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Form fields of the query protocol; empty otherwise. */
  readonly form: URLSearchParams;
  readonly body: string;
  /** `Service.Operation` of the JSON protocols. */
  readonly target: string;
}

/**
 * The part of AWS that an account's answers come from, on a port of loopback: the wire protocols of
 * the services that the adapter calls, over `state`. A request goes to the service that its
 * signature names.
 */
export class LoopbackAccount implements AsyncDisposable {
  readonly state: AccountState;
  readonly calls: Call[] = [];
  readonly #server: Server;

  private constructor(state: AccountState) {
    this.state = state;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, type, body, headers }) => {
          response.writeHead(status, { "content-type": type, ...headers });
          response.end(body);
        },
        (error: unknown) => {
          response.writeHead(500);
          response.end(String(error));
        },
      );
    });
  }

  static async start(state: AccountState): Promise<LoopbackAccount> {
    const account = new LoopbackAccount(state);
    await new Promise<void>((resolve) => account.#server.listen(0, "127.0.0.1", resolve));
    return account;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(message: IncomingMessage): Promise<Reply> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(message.url ?? "/", "http://loopback");
    const target = String(message.headers["x-amz-target"] ?? "");
    const isForm = String(message.headers["content-type"]).includes("form-urlencoded");
    const request: ServiceRequest = {
      method: message.method ?? "",
      path: decodeURIComponent(pathname),
      query: searchParams,
      form: new URLSearchParams(isForm ? body : ""),
      body,
      target,
    };
    const service = serviceOf(message);
    const action = request.form.get("Action") ?? (target || `${request.method} ${request.path}`);
    this.calls.push({ service, action });
    if (this.state.denied.has(service)) return denied(service, action);
    switch (service) {
      case "ec2":
        return ec2(request, this.state);
      case "sts":
        return sts();
      case "iam":
        return iam(request, this.state);
      case "s3":
        return s3(request, this.state);
      case "elasticfilesystem":
        return efs(request, this.state);
      case "route53":
        return route53(request, this.state);
      case "resource-groups":
        return resourceGroups(request, this.state);
      default:
        return awsJson(request, this.state);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** `Credential=KEY/date/region/service/aws4_request` */
function serviceOf({ headers }: IncomingMessage): string {
  return /Credential=[^/]+\/\d+\/[^/]*\/([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "";
}

function denied(service: string, action: string): Reply {
  const message = `not authorized to perform ${action}`;
  if (service === "ec2") {
    const code = "UnauthorizedOperation";
    const body = `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r</RequestID></Response>`;
    return { status: 403, type: "text/xml", body };
  }
  if (service === "iam" || service === "sts" || service === "s3" || service === "route53") {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`;
    return { status: 403, type: "text/xml", body };
  }
  const body = JSON.stringify({ __type: "AccessDeniedException", message });
  return {
    status: 400,
    type: "application/x-amz-json-1.1",
    body,
    headers: { "x-amzn-errortype": "AccessDeniedException" },
  };
}
