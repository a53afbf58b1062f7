import { HighlightStyle } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** All colours are the page's variables, so that a change of theme needs nothing here. */
export const look: Extension = EditorView.theme({
  "&": { backgroundColor: "var(--surface)", color: "var(--ink)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: 'Menlo, Consolas, "DejaVu Sans Mono", monospace',
    lineHeight: "1.25rem",
    overflow: "auto",
  },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "& .cm-selectionBackground, &.cm-focused .cm-selectionBackground": {
    backgroundColor: "var(--chosen) !important",
  },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": {
    backgroundColor: "color-mix(in srgb, var(--hover) 55%, transparent)",
  },
  ".cm-gutters": {
    backgroundColor: "var(--sunken)",
    color: "var(--faint)",
    border: "none",
    borderRight: "1px solid var(--line)",
  },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.5rem 0 0.75rem", minWidth: "1.5rem" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)", color: "var(--ink)" },
  ".cm-gutter-lint": { width: "1.25rem" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0.2rem" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--hover)",
    border: "1px solid var(--line)",
    color: "var(--faint)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--chosen)" },
  ".cm-searchMatch": { backgroundColor: "var(--code-match)" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--accent)" },
  ".cm-panels": {
    backgroundColor: "var(--sunken)",
    color: "var(--ink)",
    fontFamily: '"Open Sans", sans-serif',
  },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "0.5rem 2rem 0.5rem 0.75rem" },
  ".cm-panel.cm-search label": {
    display: "inline-flex",
    alignItems: "center",
    gap: "0.25rem",
    fontSize: "0.8125rem",
  },
  ".cm-panel.cm-search input[type=checkbox]": { margin: "0" },
  ".cm-textfield": {
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "0.375rem",
    fontSize: "0.8125rem",
    padding: "0.2rem 0.5rem",
  },
  ".cm-button": {
    backgroundColor: "var(--surface)",
    backgroundImage: "none",
    color: "var(--accent)",
    border: "1px solid var(--line)",
    borderRadius: "0.375rem",
    fontSize: "0.8125rem",
    padding: "0.2rem 0.6rem",
  },
  ".cm-button:active": { backgroundColor: "var(--chosen)", backgroundImage: "none" },
  ".cm-panel.cm-search [name=close]": { color: "var(--ink)", padding: "0.25rem 0.5rem" },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "0.5rem",
    boxShadow: "0 0.25rem 1rem rgb(0 0 0 / 20%)",
    maxWidth: "34rem",
    overflow: "hidden",
    zIndex: "1100",
  },
  ".cm-tooltip.cm-tooltip-autocomplete": { overflow: "visible" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.2rem 0.6rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--chosen)",
    color: "var(--ink)",
  },
  ".cm-completionInfo": { padding: "0.5rem 0.75rem", lineHeight: "1.25rem" },
  ".cm-completionDetail": { color: "var(--faint)", fontStyle: "normal" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic": {
    padding: "0.5rem 0.75rem",
    fontFamily: '"Open Sans", sans-serif',
    lineHeight: "1.25rem",
    whiteSpace: "pre-wrap",
  },
  ".cm-diagnosticAction": {
    backgroundColor: "transparent",
    border: "1px solid var(--accent)",
    borderRadius: "1rem",
    color: "var(--accent)",
    fontWeight: "700",
    padding: "0.1rem 0.75rem",
    cursor: "pointer",
  },
  ".cm-told": { padding: "0.5rem 0.75rem", lineHeight: "1.25rem" },
  ".cm-told strong, .cm-diagnostic-more": { display: "block" },
  ".cm-diagnostic-more": { color: "var(--faint)" },
});

export const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  {
    tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword, tags.definitionKeyword],
    color: "var(--code-keyword)",
  },
  { tag: [tags.function(tags.variableName), tags.standard(tags.name)], color: "var(--code-key)" },
  { tag: [tags.typeName, tags.className, tags.labelName], color: "var(--code-keyword)" },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--code-removed-ink)" },
]);
