import { expect } from "vitest";
import type { HeadCloud, LaunchRequest, Machine, OfferingKey } from "../contract.ts";
import type { ConformanceCase, ConformanceHarness } from "./conformance.ts";

/** What the cases ask with. */
export interface Trial {
  readonly harness: ConformanceHarness;
  /** What is launched when a request names nothing else. */
  readonly offering: OfferingKey;
  /** A request that was never made before. */
  request(overrides?: Partial<LaunchRequest>): LaunchRequest;
  requests(count: number, overrides?: Partial<LaunchRequest>): readonly LaunchRequest[];
  /** Launches one by one and fails at the first that can't be had. */
  launched(asked: readonly LaunchRequest[], cloud?: HeadCloud): Promise<readonly Machine[]>;
  /** One machine, listed as running. */
  running(overrides?: Partial<LaunchRequest>, cloud?: HeadCloud): Promise<Machine>;
  /** What is listed of this test's machines, without what is listed as gone. */
  alive(cloud?: HeadCloud): Promise<readonly Machine[]>;
  /** Tokens of what is alive, sorted. */
  tokens(cloud?: HeadCloud): Promise<readonly string[]>;
  /** Waits until the list shows the machines of these requests and no other: it may lag. */
  lists(asked: readonly LaunchRequest[], cloud?: HeadCloud): Promise<void>;
  /** Looks again and again, with a tick between; fails when it takes too long. */
  until<T>(look: () => Promise<T | undefined | false>): Promise<T>;
  /** A test that a cloud may skip. `boots`: how many boots it waits for, 1 if it is not said. */
  part(about: ConformanceCase, title: string, body: () => Promise<void>, boots?: number): void;
  needs<T>(thing: T | undefined, what: string): T;
}

/** The refusal's kind; fails when the outcome is none. */
export function refusalOf(
  outcome: { readonly ok: true } | { readonly ok: false; readonly error: Error } | undefined,
): string | undefined {
  expect(outcome).toMatchObject({ ok: false });
  if (outcome === undefined || outcome.ok) return undefined;
  return "kind" in outcome.error ? String(outcome.error.kind) : outcome.error.name;
}

export const keyOf = ({ instanceType, zone, market }: OfferingKey): OfferingKey => ({
  instanceType,
  zone,
  market,
});
