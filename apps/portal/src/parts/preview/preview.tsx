import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { bytes } from "../../frame/format.ts";
import { isPassing } from "../../frame/queries.ts";
import { Empty, Loading, Read } from "../../frame/states.tsx";
import { Editor } from "../editor/editor.tsx";
import { languageOfFile } from "../editor/language-of-file.ts";
import { type Beginning, readBeginning, textOf } from "./bounded.ts";
import { imageTypeOf, isBinary, kindOf, type PreviewKind } from "./kinds.ts";
import "./preview.css";

/** A file that can be shown. */
export interface PreviewSource {
  /** Another one when the content is another. */
  readonly key: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly open: (signal: AbortSignal) => Promise<Response>;
  /** Where all of it is downloaded. */
  readonly href: string;
}

/** Bytes that are fetched: of texts the beginning, of the others all or nothing. */
const MOST: Readonly<Record<Exclude<PreviewKind, "unknown">, number>> = {
  text: 512 * 1024,
  table: 1024 * 1024,
  image: 32 * 1024 * 1024,
  pdf: 64 * 1024 * 1024,
};

const TablePreview = lazy(() => import("./table-preview.tsx"));
const PdfPreview = lazy(() => import("./pdf-preview.tsx"));

/** What is in a file, as far as a browser can show it. Nothing in it is run. */
export function Preview({ source }: { readonly source: PreviewSource }) {
  const { key, name, size, href } = source;
  const kind = kindOf(name);
  const said = text.files.preview;
  const isShown = kind === "text" || kind === "table" || (kind !== "unknown" && size <= MOST[kind]);
  const beginning = useQuery<Beginning>({
    queryKey: ["preview", key],
    queryFn: async ({ signal }) => {
      const { body } = await source.open(signal);
      return readBeginning(body, kind === "unknown" ? 0 : MOST[kind]);
    },
    enabled: isShown,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
    retry: (count, error) => count < 2 && isPassing(error),
  });
  if (size === 0) return <Empty title={said.empty} />;
  if (kind === "unknown") return <NotShown title={said.unknown} href={href} />;
  if (!isShown) return <NotShown title={said.tooLarge(bytes(MOST[kind]))} href={href} />;
  return (
    <Suspense fallback={<Loading />}>
      <Read from={beginning}>{(data) => <Shown kind={kind} source={source} from={data} />}</Read>
    </Suspense>
  );
}

function Shown({
  kind,
  source,
  from,
}: {
  readonly kind: Exclude<PreviewKind, "unknown">;
  readonly source: PreviewSource;
  readonly from: Beginning;
}) {
  const { name, href } = source;
  if (kind === "image") return <Picture name={name} from={from} href={href} />;
  if (kind === "pdf") return <PdfPreview name={name} bytes={from.bytes} />;
  if (isBinary(from.bytes)) return <NotShown title={text.files.preview.binary} href={href} />;
  const shown = textOf(from);
  return (
    <Cut isWhole={from.isWhole} shown={from.bytes.length} source={source}>
      {kind === "table" ? (
        <TablePreview name={name} content={shown} />
      ) : (
        <Editor
          label={name}
          value={shown}
          language={languageOfFile(name, shown.slice(0, 200).split("\n", 1)[0])}
          readOnly
          maxHeight="70vh"
        />
      )}
    </Cut>
  );
}

/** Says so when it is not all. */
function Cut({
  isWhole,
  shown,
  source,
  children,
}: {
  readonly isWhole: boolean;
  readonly shown: number;
  readonly source: PreviewSource;
  readonly children: ReactNode;
}) {
  const said = text.files.preview;
  return (
    <SpaceBetween size="xs">
      {!isWhole && (
        <Alert
          type="info"
          action={
            <Button href={source.href} download iconName="download">
              {said.downloadAll}
            </Button>
          }
        >
          {said.beginning(bytes(shown), bytes(source.size))}
        </Alert>
      )}
      {children}
    </SpaceBetween>
  );
}

function Picture({
  name,
  from,
  href,
}: {
  readonly name: string;
  readonly from: Beginning;
  readonly href: string;
}) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([from.bytes], { type: imageTypeOf(name) }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [from, name]);
  return from.isWhole ? (
    <div className="preview-picture">{url !== undefined && <img src={url} alt={name} />}</div>
  ) : (
    <NotShown title={text.files.preview.tooLarge(bytes(MOST.image))} href={href} />
  );
}

function NotShown({ title, href }: { readonly title: string; readonly href: string }) {
  return (
    <Box padding={{ vertical: "l" }}>
      <Empty
        title={title}
        action={
          <Button href={href} download iconName="download">
            {text.frame.actions.download}
          </Button>
        }
      />
    </Box>
  );
}
