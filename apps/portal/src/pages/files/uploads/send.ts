import { isProblem, ProblemError, ROUTES } from "@sluice/api";
import { type DetailedError, Upload } from "tus-js-client";
import { changeHeaders, server } from "../../../frame/server.ts";
import { errorSentences } from "../../../frame/states.tsx";
import { whose } from "../place.ts";
import type { SendOptions, SendResult } from "./queue.ts";

/** Milliseconds before it is tried again; the last ones for an hour. What arrives begins them anew. */
const RETRIES = [0, 500, 1000, 2000, 4000, ...Array.from({ length: 720 }, () => 5000)];
/** Of these the server means what it says. */
const PASSING = new Set([409, 423, 429]);

/** Sends a file by tus: after a cut it asks how much is there, and goes on behind it. */
export async function sendByTus(options: SendOptions, signal: AbortSignal): Promise<SendResult> {
  const { file, place, path, overwrite, location } = options;
  const endpoint = server.url(ROUTES.createUpload, {
    params: { cluster: place.cluster },
    query: { path, overwrite: `${overwrite}`, ...whose(place) },
  });
  return new Promise((resolve) => {
    const upload = new Upload(file, {
      endpoint,
      uploadUrl: location ?? null,
      retryDelays: RETRIES,
      storeFingerprintForResuming: false,
      // The token of a session that was opened again since.
      onBeforeRequest: (request) => {
        for (const [name, value] of Object.entries(changeHeaders())) request.setHeader(name, value);
      },
      onUploadUrlAvailable: () => upload.url !== null && options.onLocation(upload.url),
      onProgress: (sent) => options.onProgress(sent),
      onShouldRetry: (error) => {
        if (!isPassing(error)) return false;
        options.onCut();
        if (error.originalResponse === null) {
          // So that the page learns of it as well.
          void server.call(ROUTES.listSignInProviders, {}).catch(() => {});
        }
        return true;
      },
      onSuccess: () => resolve({ kind: "done" }),
      onError: (error) => {
        const problem = problemOf(error);
        if (problem?.problem.code === "FILE_EXISTS") resolve({ kind: "taken" });
        else resolve({ kind: "failed", error: errorSentences(problem ?? error) });
      },
    });
    signal.addEventListener("abort", () => {
      void upload.abort();
      resolve({ kind: "failed", error: [] });
    });
    if (!signal.aborted) upload.start();
  });
}

function isPassing(error: DetailedError): boolean {
  const { originalResponse } = error;
  if (originalResponse === null) return true;
  const status = originalResponse.getStatus();
  if (problemOf(error)?.problem.code === "FILE_EXISTS") return false;
  // A full disk stays full.
  return (status >= 500 && status !== 507) || PASSING.has(status);
}

function problemOf(error: Error | DetailedError): ProblemError | undefined {
  const response = "originalResponse" in error ? error.originalResponse : undefined;
  try {
    const said: unknown = JSON.parse(response?.getBody() ?? "");
    return isProblem(said) ? new ProblemError(said) : undefined;
  } catch {
    return undefined;
  }
}
