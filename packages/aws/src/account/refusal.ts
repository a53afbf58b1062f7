import { messageOf } from "@sluice/model";

/** Names of errors as the services write them; EC2 puts the word in the middle of a code. */
const NOT_ALLOWED = /AccessDenied|UnauthorizedOperation|NotAuthorized|Forbidden/;
const NO_CREDENTIALS =
  /CredentialsProviderError|InvalidClientTokenId|UnrecognizedClient|AuthFailure|SignatureDoesNotMatch|InvalidAccessKeyId/;
const EXPIRED = /ExpiredToken|RequestExpired|TokenRefreshRequired|SSOTokenProviderFailure/;

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** True for errors whose name matches one of the words. */
export function isNamed(...words: readonly string[]): (error: unknown) => boolean {
  return (error) => words.some((word) => nameOf(error).includes(word));
}

/** Why the account did not answer, a clause for people. Never holds a secret. */
export function whyNot(error: unknown, about: string): string {
  const name = nameOf(error);
  if (EXPIRED.test(name)) return "the credentials have expired; log in again";
  if (NO_CREDENTIALS.test(name)) {
    return "there are no valid credentials; set AWS_PROFILE, or log in with the AWS command line";
  }
  if (NOT_ALLOWED.test(name)) {
    return `the credentials may not look at the account's ${about}`;
  }
  if (name === "AbortError") return "it was interrupted";
  if (
    /TimeoutError|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|NetworkingError/.test(`${name} ${codeOf(error)}`)
  ) {
    return "AWS can't be reached from here";
  }
  return `AWS says ${name}: ${messageOf(error).split("\n", 1)[0]}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
