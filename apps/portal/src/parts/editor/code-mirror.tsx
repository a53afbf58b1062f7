import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { useEffect, useId, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import type { EditorProps, Hover } from "./contract.ts";
import { placedDiagnostics } from "./diagnostics.ts";
import { loadLanguage } from "./languages.ts";
import { colours, look } from "./theme.ts";

/** Marks a change that came from outside, which nobody is to be told of. */
const fromOutside = Annotation.define<boolean>();
/** Texts that were told and have not come back as `value`: older ones are of no use. */
const MOST_TOLD = 50;

export default function CodeMirror({
  value,
  onChange,
  language,
  readOnly = false,
  diagnostics = [],
  label,
  onSave,
  completions,
  hover,
  ref,
}: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<EditorView>();
  const hint = useId();
  // What the editor calls is the newest, without making it anew.
  const latest = useRef({ onChange, onSave, completions, hover });
  useLayoutEffect(() => {
    latest.current = { onChange, onSave, completions, hover };
  });
  const told = useRef<string[]>([]);
  const parts = useRef({ language: new Compartment(), access: new Compartment() });

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what follows keeps it in step
  useLayoutEffect(() => {
    if (host.current === null) return;
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(nonce()),
          parts.current.language.of([]),
          parts.current.access.of(access(readOnly, label, hint)),
          basics,
          autocompletion({
            override: [(context) => latest.current.completions?.(context) ?? null],
          }),
          hoverTooltip((editor, offset) => {
            const found = latest.current.hover?.(editor.state.doc.toString(), offset);
            if (found === undefined) return null;
            return {
              pos: found.from,
              end: found.to,
              above: true,
              create: () => ({ dom: hoverBox(found) }),
            };
          }),
          keymap.of([
            {
              key: "Mod-s",
              run: () => {
                latest.current.onSave?.();
                return latest.current.onSave !== undefined;
              },
            },
          ]),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            if (update.transactions.some((one) => one.annotation(fromOutside) === true)) return;
            const now = update.state.doc.toString();
            told.current = [...told.current.slice(1 - MOST_TOLD), now];
            latest.current.onChange?.(now);
          }),
        ],
      }),
    });
    setView(made);
    return () => made.destroy();
  }, []);

  useEffect(() => {
    if (view === undefined) return;
    const at = told.current.indexOf(value);
    told.current = told.current.slice(at + 1);
    if (at >= 0) return;
    replaceText(view, value);
  }, [view, value]);

  useEffect(() => {
    view?.dispatch({ effects: parts.current.access.reconfigure(access(readOnly, label, hint)) });
  }, [view, readOnly, label, hint]);

  useEffect(() => {
    if (view === undefined) return;
    let isOver = false;
    loadLanguage(language).then(
      (extension) => {
        if (!isOver) view.dispatch({ effects: parts.current.language.reconfigure(extension) });
      },
      () => {
        // A text without colours is a text all the same.
      },
    );
    return () => {
      isOver = true;
    };
  }, [view, language]);

  useEffect(() => {
    if (view === undefined) return;
    view.dispatch(setDiagnostics(view.state, placedDiagnostics(view.state.doc, diagnostics)));
  }, [view, diagnostics]);

  useImperativeHandle(
    ref,
    () => ({
      goTo: (line, column = 1) => {
        if (view === undefined) return;
        const there = lineAt(view, line);
        const anchor = Math.min(there.from + Math.max(0, column - 1), there.to);
        view.dispatch({
          selection: { anchor },
          effects: EditorView.scrollIntoView(anchor, { y: "center" }),
        });
        view.focus();
      },
      show: (line) => {
        if (view === undefined) return;
        const { from } = lineAt(view, line);
        view.dispatch({ effects: EditorView.scrollIntoView(from, { y: "start", yMargin: 24 }) });
      },
    }),
    [view],
  );

  return (
    <div className="editor-host" ref={host}>
      <span id={hint} className="visually-hidden">
        {readOnly ? text.wizard.editor.readOnlyHint : text.wizard.editor.hint}
      </span>
    </div>
  );
}

const basics: Extension = [
  lineNumbers(),
  lintGutter(),
  foldGutter(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSpecialChars(),
  highlightSelectionMatches(),
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  search({ top: true }),
  indentUnit.of("  "),
  EditorState.tabSize.of(8),
  syntaxHighlighting(colours),
  look,
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...lintKeymap,
  ]),
];

function access(readOnly: boolean, label: string, hint: string): Extension {
  return [
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({
      "aria-label": label,
      "aria-describedby": hint,
      // What can be edited takes the keyboard by itself; tools that look for it do not know.
      tabindex: "0",
    }),
    // Escape, then Tab leaves the editor: CodeMirror lets Tab go for two seconds.
    readOnly ? [] : keymap.of([indentWithTab]),
  ];
}

/** Style elements need the nonce that the server gave this page. */
function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

function hoverBox({ title, text: words }: Hover): HTMLElement {
  const box = document.createElement("div");
  box.className = "cm-told";
  const heading = document.createElement("strong");
  heading.textContent = title;
  box.append(heading, words);
  return box;
}

/** The nearest to it where there is no such line. */
function lineAt({ state: { doc } }: EditorView, line: number) {
  return doc.line(Math.min(Math.max(1, line), doc.lines));
}

/** Only what differs in the middle, so that the cursor, folds and undo stay where they are. */
function replaceText(view: EditorView, next: string): void {
  const before = view.state.doc.toString();
  if (before === next) return;
  const most = Math.min(before.length, next.length);
  let from = 0;
  while (from < most && before[from] === next[from]) from += 1;
  let tail = 0;
  while (tail < most - from && before[before.length - 1 - tail] === next[next.length - 1 - tail]) {
    tail += 1;
  }
  view.dispatch({
    changes: { from, to: before.length - tail, insert: next.slice(from, next.length - tail) },
    annotations: fromOutside.of(true),
    // Who changes it elsewhere sees what that means here.
    effects: view.hasFocus ? [] : EditorView.scrollIntoView(from, { y: "nearest", yMargin: 48 }),
  });
}
