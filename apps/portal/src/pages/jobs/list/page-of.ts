import { useCallback, useEffect, useState } from "react";

/** Where each page of an answer begins, as far as somebody went. */
export interface Pages {
  /** From 1. */
  readonly page: number;
  readonly cursor: string | undefined;
  /** How many pages can be gone to. */
  readonly known: number;
  readonly go: (page: number) => void;
  /** Where the page after this one begins. */
  readonly next: (cursor: string) => void;
}

const KEY = "sluice.jobs.pages";

interface Kept {
  readonly question: string;
  readonly cursors: readonly string[];
}

/**
 * The server's cursors of one question. Another question begins at its first page; this tab keeps the
 * last one, so that the way back from a job leads to where one was.
 */
export function usePages(
  question: string,
  pageInAddress: string,
  setPage: (page: string) => void,
): Pages {
  const [kept, setKept] = useState<Kept>(() => read());
  const cursors = kept.question === question ? kept.cursors : [];
  const wanted = Number.parseInt(pageInAddress, 10) || 1;
  const page = Math.max(1, Math.min(wanted, cursors.length + 1));
  useEffect(() => {
    if (pageInAddress !== "1" && wanted !== page) setPage(`${page}`);
  }, [pageInAddress, wanted, page, setPage]);
  const next = useCallback(
    (cursor: string) => {
      const changed = { question, cursors: [...cursors.slice(0, page - 1), cursor] };
      setKept(changed);
      write(changed);
      setPage(`${page + 1}`);
    },
    [question, cursors, page, setPage],
  );
  return {
    page,
    cursor: page === 1 ? undefined : cursors[page - 2],
    known: cursors.length + 1,
    go: useCallback((to: number) => setPage(`${to}`), [setPage]),
    next,
  };
}

function read(): Kept {
  try {
    const { question, cursors } = JSON.parse(sessionStorage.getItem(KEY) ?? "") as Kept;
    return { question, cursors };
  } catch {
    return { question: "", cursors: [] };
  }
}

function write(kept: Kept): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Then the way back leads to the first page.
  }
}
