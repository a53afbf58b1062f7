import { readForm } from "./codec-form.ts";
import { readHttp, writeHttp } from "./codec-http.ts";
import { readJson, writeJson } from "./codec-json.ts";
import { escapeXml, writeXmlMembers } from "./codec-xml.ts";
import type { Service, ServiceError } from "./contract.ts";
import type { Operation } from "./operation.ts";
import type { WireReply, WireRequest } from "./wire.ts";

export type Protocol = Service["protocol"];

const FORM = "text/xml;charset=UTF-8";

/** What the operation was called with. @param labels of the path, for the REST protocols. */
export function readInput(
  protocol: Protocol,
  operation: Operation,
  request: WireRequest,
  labels: Readonly<Record<string, string>>,
): object {
  switch (protocol) {
    case "ec2Query":
    case "query":
      return readForm(operation.input, new URLSearchParams(request.body.toString()), protocol);
    case "json":
      return (readJson(operation.input, JSON.parse(request.body.toString() || "{}")) ??
        {}) as object;
    case "restXml":
    case "restJson":
      return readHttp(operation, request, labels, protocol);
    default:
      return protocol satisfies never;
  }
}

export async function writeOutput(
  protocol: Protocol,
  operation: Operation,
  output: object,
  requestId: string,
): Promise<WireReply> {
  switch (protocol) {
    case "ec2Query": {
      const content = `<requestId>${requestId}</requestId>${writeXmlMembers(operation.output, output)}`;
      const body = `<${operation.name}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${content}</${operation.name}Response>`;
      return { status: 200, headers: { "content-type": FORM }, body };
    }
    case "query": {
      const members = writeXmlMembers(operation.output, output);
      const result = operation.output.isUnitSchema()
        ? ""
        : `<${operation.name}Result>${members}</${operation.name}Result>`;
      const body = `<${operation.name}Response>${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation.name}Response>`;
      return { status: 200, headers: { "content-type": FORM }, body };
    }
    case "json":
      return {
        status: 200,
        headers: { "content-type": "application/x-amz-json-1.1" },
        body: operation.output.isUnitSchema()
          ? "{}"
          : JSON.stringify(writeJson(operation.output, output) ?? {}),
      };
    case "restXml":
    case "restJson":
      return writeHttp(operation, output, protocol);
    default:
      return protocol satisfies never;
  }
}

/** S3 has errors of its own among those that speak restXml. */
export function writeError(
  { name, protocol }: Pick<Service, "name" | "protocol">,
  error: ServiceError,
  requestId: string,
): WireReply {
  const { code, message, status } = error;
  const detail = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`;
  switch (protocol) {
    case "ec2Query":
      return {
        status,
        headers: { "content-type": FORM, ...error.headers },
        body: `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>${detail}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      };
    case "query":
    case "restXml": {
      const body =
        name === "s3"
          ? `<Error>${detail}<RequestId>${requestId}</RequestId></Error>`
          : `<ErrorResponse><Error><Type>${status >= 500 ? "Receiver" : "Sender"}</Type>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
      return {
        status,
        headers: { "content-type": FORM, ...error.headers },
        body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
      };
    }
    case "json":
    case "restJson":
      return {
        status,
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amzn-errortype": code,
          ...error.headers,
        },
        body: JSON.stringify({ __type: code, message }),
      };
    default:
      return protocol satisfies never;
  }
}
