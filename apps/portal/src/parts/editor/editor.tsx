import { lazy, Suspense } from "react";
import { text } from "../../catalogue/index.ts";
import type { EditorProps } from "./contract.ts";
import "./editor.css";

const CodeMirror = lazy(() => import("./code-mirror.tsx"));

/** A text with colours, line numbers, search and what is said about it. Its code comes when shown. */
export function Editor(props: EditorProps) {
  const { minHeight = "12rem", maxHeight = "36rem" } = props;
  return (
    <div className="editor" style={{ minBlockSize: minHeight, maxBlockSize: maxHeight }}>
      <Suspense fallback={<span className="visually-hidden">{text.frame.states.loading}</span>}>
        <CodeMirror {...props} />
      </Suspense>
    </div>
  );
}
