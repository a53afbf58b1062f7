import { isSluiceError, messageOf, SluiceError } from "@sluice/model";

const NOT_ALLOWED =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|NotAuthorized|AuthorizationError)/;
const NO_CREDENTIALS =
  /^(CredentialsProviderError|InvalidClientTokenId|UnrecognizedClientException|AuthFailure|SignatureDoesNotMatch|InvalidSignatureException|InvalidAccessKeyId|MissingAuthenticationToken)/;
const EXPIRED =
  /^(ExpiredToken|RequestExpired|TokenRefreshRequired|SSOTokenProviderFailure|TokenProviderError)/;
const UNREACHABLE = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ECONNRESET/;

/** The little of a client of the SDK that is needed here. */
interface Client {
  readonly middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: each client has types of its own for these.
      middleware: any,
      options: { readonly step: "initialize"; readonly priority: "high"; readonly name: string },
    ): void;
  };
}

interface Handling {
  readonly commandName?: string;
}

/**
 * The client with errors about credentials, rights and the network as sentences that say what to do.
 * Errors that are about what was asked for stay as the SDK makes them: callers branch on these.
 */
export function explaining<C extends Client>(service: string, client: C): C {
  client.middlewareStack.add(
    (next: (args: unknown) => Promise<unknown>, context: Handling) => async (args: unknown) => {
      try {
        return await next(args);
      } catch (error) {
        const operation = (context.commandName ?? "").replace(/Command$/, "");
        throw explained(error, `${service}:${operation}`) ?? error;
      }
    },
    { step: "initialize", priority: "high", name: "explainErrors" },
  );
  return client;
}

/**
 * What an error says of the credentials or the way to AWS; undefined when it is about something else.
 *
 * @param action as policies name it: `ec2:RunInstances`.
 */
export function explained(error: unknown, action: string): SluiceError | undefined {
  const name = error instanceof Error ? error.name : "";
  const message = firstLine(messageOf(error));
  if (EXPIRED.test(name) || /expired|session.*invalid/i.test(message)) {
    if (EXPIRED.test(name) || NO_CREDENTIALS.test(name)) return expired(error);
  }
  if (NO_CREDENTIALS.test(name)) return noCredentials(error, message);
  if (NOT_ALLOWED.test(name)) return notAllowed(error, deniedAction(message) ?? action, message);
  if (/Region is missing/.test(message)) return noRegion();
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (UNREACHABLE.test(code) || name === "TimeoutError") {
    return new SluiceError("AWS_UNREACHABLE", "system", `AWS can't be reached: ${message}`, {
      hint: "check the network, a proxy, and AWS_ENDPOINT_URL if it is set",
      cause: error,
    });
  }
  return undefined;
}

export function noRegion(given = ""): SluiceError {
  const what =
    given === "" ? "no AWS region is given" : `${JSON.stringify(given)} is no region of AWS`;
  return new SluiceError("AWS_NO_REGION", "user", what, {
    hint: "write Region in the cluster file, give --region, or set AWS_REGION",
  });
}

function noCredentials(cause: unknown, message: string): SluiceError {
  const isRefused = !(cause instanceof Error && cause.name.startsWith("CredentialsProviderError"));
  const what = isRefused
    ? `AWS does not accept the credentials: ${message}`
    : "there are no AWS credentials";
  return new SluiceError("AWS_NO_CREDENTIALS", "user", what, {
    hint: "set AWS_PROFILE, or log in with: aws configure, or aws sso login",
    cause,
  });
}

function expired(cause: unknown): SluiceError {
  return new SluiceError("AWS_EXPIRED_CREDENTIALS", "user", "the AWS credentials have expired", {
    hint: "log in again, such as with: aws sso login",
    cause,
  });
}

function notAllowed(cause: unknown, action: string, message: string): SluiceError {
  const resource = /on resource:? (arn:\S+)/.exec(message)?.[1];
  const on = resource === undefined ? "" : ` on ${resource}`;
  return new SluiceError("AWS_NOT_ALLOWED", "user", `the AWS credentials may not ${action}${on}`, {
    hint: "the policy that suffices is printed by: sluice iam-policy",
    cause,
  });
}

/** The action that a refusal names, which may be another than the call: `iam:PassRole`. */
function deniedAction(message: string): string | undefined {
  return /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1];
}

/**
 * Whatever a service answered, as an error of ours: what is one already stays, what it refuses keeps
 * its words.
 */
export function asSluiceError(error: unknown): unknown {
  if (isSluiceError(error) || !(error instanceof Error) || !("$metadata" in error)) return error;
  const message = firstLine(error.message);
  if (/Throttl|RequestLimitExceeded|SlowDown|TooManyRequests/.test(error.name)) {
    return new SluiceError("AWS_THROTTLED", "cloud", `AWS is asked too fast: ${message}`, {
      hint: "repeat it a little later",
      cause: error,
    });
  }
  return new SluiceError("AWS_REFUSED", "cloud", `AWS says ${error.name}: ${message}`, {
    cause: error,
  });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
