import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES } from "@sluice/api";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { text } from "../../../catalogue/index.ts";
import { readKey } from "../../../frame/queries.ts";
import { saveTextAs } from "../../../frame/save-as.ts";
import { server } from "../../../frame/server.ts";
import { Read } from "../../../frame/states.tsx";
import { Editor } from "../../../parts/editor/editor.tsx";
import type { EditorLanguage } from "../../../parts/editor/languages.ts";

/** A job's script does not change. */
export function useScript(params: {
  readonly cluster: string;
  readonly job: string;
}): UseQueryResult<string> {
  return useQuery({
    queryKey: readKey(ROUTES.getJobScript, { params }),
    queryFn: async ({ signal }) =>
      (await server.stream(ROUTES.getJobScript, { params, signal })).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function languageOf(script: string): EditorLanguage {
  return /^#!.*\bpython/.test(script) ? "python" : "shell";
}

export function Script({ cluster, job }: { readonly cluster: string; readonly job: string }) {
  const said = text.jobs.script;
  const script = useScript({ cluster, job });
  return (
    <Read from={script}>
      {(content) => (
        <SpaceBetween size="s">
          <div className="bar-end">
            <CopyToClipboard
              copyButtonText={text.frame.actions.copy}
              copySuccessText={text.frame.actions.copied}
              copyErrorText={text.frame.actions.notCopied}
              textToCopy={content}
            />
            <Button iconName="download" onClick={() => saveTextAs(`job-${job}.sh`, content)}>
              {text.frame.actions.download}
            </Button>
          </div>
          <Editor value={content} language={languageOf(content)} readOnly label={said.label(job)} />
        </SpaceBetween>
      )}
    </Read>
  );
}
