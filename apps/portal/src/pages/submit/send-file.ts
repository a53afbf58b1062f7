import { ROUTES } from "@sluice/api";
import { changeHeaders, server } from "../../frame/server.ts";
import type { Draft } from "./form-state.ts";

/** Larger files go in pieces, which a broken connection does not take back. */
const IN_PIECES = 4 * 1024 * 1024;
const PIECE = 8 * 1024 * 1024;
/** Milliseconds before the next tries of a piece. */
const RETRIES = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

export interface Sending {
  readonly file: File;
  /** That it gets among the inputs. */
  readonly name: string;
  readonly cluster: string;
  readonly draft: Draft;
  readonly signal: AbortSignal;
  readonly onProgress: (sent: number) => void;
}

/** Uploads an input of a draft; gives the value of the field. */
export async function sendFile(sending: Sending): Promise<string> {
  const { file, name, draft, signal } = sending;
  if (file.size > IN_PIECES) return sendInPieces(sending);
  const { path } = await server.call(ROUTES.uploadRunInput, {
    params: { run: draft.id, name },
    content: file,
    signal,
  });
  return path;
}

async function sendInPieces(sending: Sending): Promise<string> {
  const { file, name, cluster, draft, signal, onProgress } = sending;
  const { Upload } = await import("tus-js-client");
  const endpoint = server.url(ROUTES.createUpload, {
    params: { cluster },
    query: { path: `${draft.folder}/inputs/${name}`, overwrite: "true", mode: "384" },
  } as never);
  await new Promise<void>((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint,
      chunkSize: PIECE,
      retryDelays: RETRIES,
      headers: changeHeaders(),
      storeFingerprintForResuming: false,
      onProgress,
      onSuccess: () => resolve(),
      onError: reject,
    });
    signal.addEventListener("abort", () => {
      void upload.abort(true).catch(() => {});
      reject(signal.reason);
    });
    upload.start();
  });
  return `inputs/${name}`;
}
