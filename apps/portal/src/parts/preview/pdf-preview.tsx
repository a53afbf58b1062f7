import Box from "@cloudscape-design/components/box";
import { useQuery } from "@tanstack/react-query";
import {
  GlobalWorkerOptions,
  getDocument,
  type PDFDocumentProxy,
} from "pdfjs-dist/legacy/build/pdf.mjs";
import worker from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import { useEffect, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { Empty, Loading } from "../../frame/states.tsx";

GlobalWorkerOptions.workerSrc = worker;

const MOST_PAGES = 200;

/** The pages of a PDF, each drawn when it comes into sight. Its scripts and links do nothing. */
export default function PdfPreview({
  name,
  bytes,
}: {
  readonly name: string;
  readonly bytes: Uint8Array;
}) {
  const said = text.files.preview;
  const [document, setDocument] = useState<PDFDocumentProxy | "broken">();
  useEffect(() => {
    // The worker takes the bytes away.
    const task = getDocument({
      data: bytes.slice(),
      isEvalSupported: false,
      useWasm: false,
      enableXfa: false,
      stopAtErrors: false,
    } as Parameters<typeof getDocument>[0]);
    let isOver = false;
    task.promise.then(
      (opened) => !isOver && setDocument(opened),
      () => !isOver && setDocument("broken"),
    );
    return () => {
      isOver = true;
      void task.destroy();
    };
  }, [bytes]);
  if (document === undefined) return <Loading />;
  if (document === "broken") return <Empty title={said.broken} />;
  const pages = Math.min(document.numPages, MOST_PAGES);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too
    <section className="preview-pdf" aria-label={name} tabIndex={0}>
      {Array.from({ length: pages }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a page is its number
        <PdfPage key={at} document={document} page={at + 1} />
      ))}
      {document.numPages > pages && <Box>{said.pages(pages, document.numPages)}</Box>}
    </section>
  );
}

function PdfPage({
  document,
  page,
}: {
  readonly document: PDFDocumentProxy;
  readonly page: number;
}) {
  const said = text.files.preview;
  const place = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isSeen, setSeen] = useState(false);
  const words = useQuery({
    queryKey: ["pdf", document.fingerprints[0], page],
    queryFn: async () => wordsOf(document, page),
    enabled: isSeen,
    gcTime: 0,
  });
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    const observer = new IntersectionObserver(
      (seen) => seen.some((one) => one.isIntersecting) && setSeen(true),
      { rootMargin: "400px" },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const { current } = canvas;
    if (!isSeen || current === null) return;
    const drawing = draw(document, page, current);
    return () => drawing.stop();
  }, [document, page, isSeen]);
  return (
    <figure ref={place} aria-label={said.page(page, document.numPages)}>
      <canvas ref={canvas} />
      <figcaption className="visually-hidden">{words.data}</figcaption>
    </figure>
  );
}

/** For who reads by ear. */
async function wordsOf(document: PDFDocumentProxy, page: number): Promise<string> {
  const { items } = await (await document.getPage(page)).getTextContent();
  return items.map((item) => ("str" in item ? item.str : "")).join(" ");
}

function draw(document: PDFDocumentProxy, number: number, canvas: HTMLCanvasElement) {
  let isOver = false;
  let stop = (): void => {};
  const paint = async (): Promise<void> => {
    const page = await document.getPage(number);
    if (isOver) return;
    const natural = page.getViewport({ scale: 1 });
    const width = Math.max(200, canvas.parentElement?.clientWidth ?? natural.width);
    const scale = Math.min(2, width / natural.width) * Math.min(2, devicePixelRatio);
    const viewport = page.getViewport({ scale });
    canvas.width = Math.floor(viewport.width);
    canvas.height = Math.floor(viewport.height);
    const task = page.render({ canvas, viewport });
    stop = () => task.cancel();
    await task.promise;
  };
  // One that is taken away while it is drawn is not drawn.
  paint().catch(() => {});
  return {
    stop: () => {
      isOver = true;
      stop();
    },
  };
}
