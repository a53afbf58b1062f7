import { type ClusterFileAdvice, type JsonOf, ROUTES } from "@sluice/api";
import { useEffect, useState } from "react";
import { server } from "../../frame/server.ts";

type Validation = JsonOf<typeof ROUTES.validateClusterFile>;
type Advised = JsonOf<typeof ROUTES.adviseOnClusterFile>;
export type FileFinding = Validation["findings"][number];

export interface Review extends Pick<Validation, "valid" | "findings">, Pick<Advised, "advice"> {
  /** Checks that found something and that no file can do without. */
  readonly unacceptable: ReadonlySet<string>;
}
export type { ClusterFileAdvice };

/** Milliseconds without another letter, after which a text is sent to be judged. */
export const STILL = 350;

export interface Reviewed {
  /** Of the text that it is about, which may be one of a moment ago. */
  readonly review: Review | undefined;
  readonly isBusy: boolean;
  readonly error: unknown;
}

async function review(
  text: string,
  suppressed: readonly string[],
  signal: AbortSignal,
): Promise<Review> {
  const configuration = { clusterConfiguration: text };
  const [{ valid, findings }, { advice, findings: unacceptable }] = await Promise.all([
    server.call(ROUTES.validateClusterFile, {
      body: { ...configuration, suppressValidators: [...suppressed] },
      signal,
    }),
    // It leaves out every check that may be.
    server.call(ROUTES.adviseOnClusterFile, { body: configuration, signal }),
  ]);
  return { valid, findings, advice, unacceptable: new Set(unacceptable.map(({ id }) => id)) };
}

/** What the server says of the text: a moment after it stands still, the last one only. */
export function useReview(text: string, suppressed: readonly string[]): Reviewed {
  const [state, setState] = useState<{ readonly text: string } & Omit<Reviewed, "isBusy">>();
  // No check's name has a space in it.
  const words = suppressed.join(" ");
  useEffect(() => {
    if (text.trim() === "") return;
    const over = new AbortController();
    const timer = setTimeout(() => {
      review(text, words === "" ? [] : words.split(" "), over.signal).then(
        (found) => setState({ text, review: found, error: undefined }),
        (error: unknown) => {
          if (!over.signal.aborted) setState((old) => ({ text, review: old?.review, error }));
        },
      );
    }, STILL);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [text, words]);
  return {
    review: state?.review,
    error: state?.error,
    isBusy: state?.text !== text,
  };
}
