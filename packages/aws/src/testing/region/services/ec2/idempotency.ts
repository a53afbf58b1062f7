import { isDeepStrictEqual } from "node:util";
import { ServiceError } from "../../contract.ts";

/** Answers that client tokens stand for. */
export class Idempotency {
  readonly #answered = new Map<string, { readonly input: object; readonly answer: unknown }>();

  /**
   * The answer that the same call was given before with that token; a call that fails is not
   * remembered.
   *
   * @throws ServiceError when the token stood for another call.
   */
  async once<T>(
    operation: string,
    token: string | undefined,
    input: object,
    act: () => Promise<T>,
  ): Promise<T> {
    if (token === undefined || token === "") return await act();
    if (token.length > 64) {
      throw new ServiceError(
        "InvalidParameterValue",
        "The client token is longer than 64 characters",
      );
    }
    const key = `${operation} ${token}`;
    const known = this.#answered.get(key);
    if (known !== undefined) {
      if (same(known.input, input)) return await (known.answer as Promise<T>);
      throw new ServiceError(
        "IdempotentParameterMismatch",
        "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
      );
    }
    const answer = act();
    this.#answered.set(key, { input, answer });
    try {
      return await answer;
    } catch (error) {
      this.#answered.delete(key);
      throw error;
    }
  }
}

/** Deep equality; what is undefined is as if it were missing. */
function same(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
