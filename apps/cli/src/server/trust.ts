import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { usage } from "../usage.ts";
import { certificateChanged, untrustedFingerprint } from "./pinned-fetch.ts";

interface TrustQuestion {
  readonly origin: string;
  /** Accepted at an earlier sign-in. */
  readonly known: string | undefined;
  /** From --fingerprint. */
  readonly expected: string | undefined;
}

/**
 * Whether this is the server that is meant. One whose certificate this machine does not trust is
 * shown to the person once, and is the same from then on.
 *
 * Errors: `SERVER_UNREACHABLE`, `SERVER_CERTIFICATE_CHANGED`; `USAGE` where nobody can be asked, and
 * for passwords in clear; `INTERRUPTED` for no.
 *
 * @returns the fingerprint to hold it to; undefined: this machine trusts it by itself.
 */
export async function trusted(
  context: Context,
  { origin, known, expected }: TrustQuestion,
): Promise<string | undefined> {
  const { protocol, hostname } = new URL(origin);
  if (protocol === "http:" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) {
    throw usage(`${origin} would have your password in clear`, "give its https:// address");
  }
  const shown = await untrustedFingerprint(origin);
  if (shown === undefined) return undefined;
  const held = expected?.toUpperCase() ?? known;
  if (held === shown) return shown;
  if (held !== undefined) throw certificateChanged(hostname, shown);
  context.host.writeErr(
    `${origin} has a certificate that this machine does not know. Its SHA-256 fingerprint:\n  ${shown}\n`,
  );
  if (!context.host.stdinIsTerminal) {
    throw usage(`${origin} is not trusted yet`, `if that is the right one: --fingerprint ${shown}`);
  }
  await confirm(context, {
    question: "is that the one its administrator told you",
    doing: `trusting ${origin}`,
    undone: "nobody was signed in",
  });
  return shown;
}
