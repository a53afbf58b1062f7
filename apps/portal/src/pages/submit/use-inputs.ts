import { ROUTES, type RunView } from "@sluice/api";
import { useCallback, useRef, useState } from "react";
import { server } from "../../frame/server.ts";
import type { FormFiles, Upload, WantedUpload } from "../../parts/application-form/place.ts";
import { type Draft, newKey } from "./form-state.ts";
import { sendFile } from "./send-file.ts";

interface Sending extends Upload {
  readonly file: File;
  readonly onDone: (path: string) => void;
}

/**
 * Files of a form, uploaded into the folder of a draft, which the first of them makes.
 *
 * @param makeDraft asks the server for one.
 */
export function useInputs(options: {
  readonly cluster: string | undefined;
  readonly draft: Draft | undefined;
  readonly earlier: string | undefined;
  readonly makeDraft: (key: string) => Promise<RunView>;
  readonly onDraft: (draft: Draft) => void;
  /** Names that inputs have already. */
  readonly taken: () => ReadonlySet<string>;
}): { readonly files: FormFiles; readonly ensureDraft: () => Promise<Draft> } {
  const latest = useRef(options);
  latest.current = options;
  const [uploads, setUploads] = useState<readonly Sending[]>([]);
  const stops = useRef(new Map<string, AbortController>());
  const making = useRef<{ readonly key: string; readonly draft?: Promise<Draft> }>(undefined);

  const ensureDraft = useCallback(async (): Promise<Draft> => {
    const { draft, makeDraft, onDraft } = latest.current;
    if (draft !== undefined) return draft;
    const { key, draft: underWay } = making.current ?? { key: newKey() };
    if (underWay !== undefined) return underWay;
    const made = makeDraft(key).then(({ id, folder }) => {
      const there = { id, folder };
      latest.current = { ...latest.current, draft: there };
      onDraft(there);
      making.current = undefined;
      return there;
    });
    making.current = { key, draft: made };
    // The next try has the same key: the first one may have arrived.
    made.catch(() => {
      making.current = { key };
    });
    return made;
  }, []);

  const start = useCallback(
    async (sending: Sending): Promise<void> => {
      const { key, file, name, onDone } = sending;
      const stop = new AbortController();
      stops.current.set(key, stop);
      const patch = (change: Partial<Sending>): void =>
        setUploads((old) => old.map((one) => (one.key === key ? { ...one, ...change } : one)));
      try {
        const draft = await ensureDraft();
        const cluster = latest.current.cluster ?? "";
        const path = await sendFile({
          ...{ file, name, cluster, draft, signal: stop.signal },
          onProgress: (sent) => patch({ sent }),
        });
        if (stop.signal.aborted) return;
        setUploads((old) => old.filter((one) => one.key !== key));
        onDone(path);
      } catch (error) {
        if (!stop.signal.aborted) patch({ error });
      } finally {
        stops.current.delete(key);
      }
    },
    [ensureDraft],
  );

  const upload = useCallback(
    ({ field, file, onDone, isOver = false }: WantedUpload): void => {
      const name = isOver ? file.name : freeName(file.name, latest.current.taken());
      const size = file.size;
      const sending = { key: newKey(), field, file, name, size, sent: 0, onDone };
      setUploads((old) => [...old, sending]);
      void start(sending);
    },
    [start],
  );

  const stop = useCallback((key: string): void => {
    stops.current.get(key)?.abort();
    setUploads((old) => old.filter((one) => one.key !== key));
  }, []);

  const retry = (key: string): void => {
    const failed = uploads.find((one) => one.key === key);
    if (failed === undefined) return;
    const { error: _, ...again } = failed;
    setUploads((old) => old.map((one) => (one.key === key ? { ...again, sent: 0 } : one)));
    void start({ ...again, sent: 0 });
  };

  const read = async (path: string): Promise<string> => {
    const { id } = await ensureDraft();
    const answer = await server.stream(ROUTES.readRunFile, {
      params: { run: id },
      query: { path },
    });
    return answer.text();
  };

  return {
    files: { uploads, upload, stop, retry, read, earlier: options.earlier },
    ensureDraft,
  };
}

/** Inputs lie in one folder: two of the same name would be one. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${count}-${name}`;
  return free;
}
