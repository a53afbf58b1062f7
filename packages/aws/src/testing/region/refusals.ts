import { type Service, ServiceError } from "./contract.ts";

type Refusing = Pick<Service, "name" | "protocol">;
type Family = "ec2" | "s3" | "json" | "query";

/** Why a request is not let in, before its service sees it. */
export type Refusal =
  | "unsigned"
  | "unknown-key"
  | "wrong-token"
  | "wrong-signature"
  | "wrong-time"
  | "expired-token"
  | "expired-url"
  | "denied"
  | "throttled";

/** Each family of services has words of its own for it. */
const CODES: Readonly<Record<Refusal, Readonly<Record<Family, readonly [string, number]>>>> = {
  unsigned: {
    ec2: ["MissingAuthenticationToken", 401],
    s3: ["AccessDenied", 403],
    json: ["MissingAuthenticationTokenException", 400],
    query: ["MissingAuthenticationToken", 403],
  },
  "unknown-key": {
    ec2: ["AuthFailure", 401],
    s3: ["InvalidAccessKeyId", 403],
    json: ["UnrecognizedClientException", 400],
    query: ["InvalidClientTokenId", 403],
  },
  "wrong-token": {
    ec2: ["AuthFailure", 401],
    s3: ["InvalidToken", 400],
    json: ["UnrecognizedClientException", 400],
    query: ["InvalidClientTokenId", 403],
  },
  "wrong-signature": {
    ec2: ["AuthFailure", 401],
    s3: ["SignatureDoesNotMatch", 403],
    json: ["InvalidSignatureException", 400],
    query: ["SignatureDoesNotMatch", 403],
  },
  "wrong-time": {
    ec2: ["RequestExpired", 400],
    s3: ["RequestTimeTooSkewed", 403],
    json: ["InvalidSignatureException", 400],
    query: ["RequestExpired", 400],
  },
  "expired-token": {
    ec2: ["RequestExpired", 400],
    s3: ["ExpiredToken", 400],
    json: ["ExpiredTokenException", 400],
    query: ["ExpiredToken", 403],
  },
  "expired-url": {
    ec2: ["RequestExpired", 400],
    s3: ["AccessDenied", 403],
    json: ["InvalidSignatureException", 400],
    query: ["RequestExpired", 400],
  },
  denied: {
    ec2: ["UnauthorizedOperation", 403],
    s3: ["AccessDenied", 403],
    json: ["AccessDeniedException", 400],
    query: ["AccessDenied", 403],
  },
  throttled: {
    ec2: ["RequestLimitExceeded", 503],
    s3: ["SlowDown", 503],
    json: ["ThrottlingException", 400],
    query: ["Throttling", 400],
  },
};

/** The error that the service would answer with. */
export function refuse(service: Refusing, refusal: Refusal, message: string): ServiceError {
  const [code, status] = CODES[refusal][familyOf(service)];
  return new ServiceError(code, message, status);
}

function familyOf({ name, protocol }: Refusing): Family {
  if (name === "s3") return "s3";
  switch (protocol) {
    case "ec2Query":
      return "ec2";
    case "json":
    case "restJson":
      return "json";
    case "query":
    case "restXml":
      return "query";
    default:
      return protocol satisfies never;
  }
}
