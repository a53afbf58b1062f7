import type { Cloud } from "@sluice/cloud";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";

/** A cloud that did not answer, and what it said. */
export interface Unasked {
  readonly provider: string;
  readonly error: unknown;
}

/** Clouds to ask one after the other, each opened when its turn comes. */
export interface CloudSearch {
  readonly providers: readonly string[];
  readonly open: (provider: string) => Promise<Cloud>;
  /** Fires when nobody waits any more. */
  readonly signal: AbortSignal;
}

/**
 * The first cloud that has what is looked for. A cloud that can't be asked stands in nobody's way:
 * it counts only when no other has it. A single cloud is not asked at all: what is done next with
 * it will say whether it has the thing.
 *
 * @param missing the error when no cloud has it.
 */
export async function findCloud(
  { providers, open, signal }: CloudSearch,
  has: (cloud: Cloud) => Promise<boolean>,
  missing: () => SluiceError,
): Promise<Cloud> {
  const [only, ...others] = providers;
  if (only !== undefined && others.length === 0) return open(only);
  const unasked: Unasked[] = [];
  for (const provider of providers) {
    try {
      const cloud = await open(provider);
      if (await has(cloud)) return cloud;
    } catch (error) {
      if (signal.aborted) throw error;
      unasked.push({ provider, error });
    }
  }
  const [first] = unasked;
  if (first === undefined) throw missing();
  if (unasked.length === providers.length) throw first.error;
  const { code, source, message } = missing();
  throw new SluiceError(code, source, `${message} in ${asked(providers, unasked)}`, {
    hint: unasked.map(unaskedText).join("\n  "),
    cause: first.error,
  });
}

/** For people: which cloud was left out, why, and what they can do about it. */
export function unaskedText({ provider, error }: Unasked): string {
  const hint = isSluiceError(error) && error.hint !== undefined ? `; ${error.hint}` : "";
  return `${provider} could not be asked: ${messageOf(error)}${hint}`;
}

function asked(providers: readonly string[], unasked: readonly Unasked[]): string {
  const left = new Set(unasked.map(({ provider }) => provider));
  return providers.filter((provider) => !left.has(provider)).join(" and ");
}
