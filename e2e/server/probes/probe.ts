import type { Operation } from "./operations.ts";
import { faultOf } from "./verdict.ts";
import { type RawRequest, send } from "./wire.ts";

export const JSON_TYPE = ["content-type", "application/json"] as const;

export interface Probe extends RawRequest {
  readonly what: string;
  readonly operation: Operation;
  /** One of these has to be the answer. */
  readonly expected?: readonly number[];
}

const SIDE_BY_SIDE = 8;

/** Sends each, a few side by side, and tells what is wrong with the answers. */
export async function faultsOf(probes: Iterable<Probe>): Promise<readonly string[]> {
  const left = probes[Symbol.iterator]();
  const faults: string[] = [];
  const worker = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const { what, operation, expected, ...request } = next.value;
      const name = `${operation.method} ${operation.path}, ${what}`;
      try {
        const answer = await send({ method: operation.method, ...request });
        const fault = faultOf(operation, answer);
        if (fault !== undefined) faults.push(`${name}: ${fault}`);
        else if (expected?.includes(answer.status) === false) {
          faults.push(`${name}: ${answer.status} ${answer.body.slice(0, 200)}`);
        }
      } catch (error) {
        faults.push(`${name}: ${String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return faults;
}
