/** Has the browser keep something as a file of this name. */
export function saveAs(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after this.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function saveTextAs(name: string, content: string, type = "text/plain"): void {
  saveAs(name, new Blob([content], { type: `${type};charset=utf-8` }));
}
