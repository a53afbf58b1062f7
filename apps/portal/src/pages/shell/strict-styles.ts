let users = 0;

/**
 * Lets xterm make its styles under a content security policy without inline ones, until it is
 * disposed of: its style elements get the page's nonce, and what it writes into style attributes is
 * set as properties. It takes the page's own document wherever it is, so this changes that.
 */
export function allowStyles(page: Document): Disposable {
  if (users === 0) {
    const nonce = page.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
    const create = page.createElement.bind(page);
    page.createElement = ((name: string, options?: ElementCreationOptions) => {
      const element = create(name, options);
      if (name === "style") element.nonce = nonce;
      if (name === "span") setStylesAsProperties(element);
      return element;
    }) as typeof page.createElement;
  }
  users += 1;
  return {
    [Symbol.dispose]() {
      users -= 1;
      // What every document has stands behind it.
      if (users === 0) Reflect.deleteProperty(page, "createElement");
    },
  };
}

function setStylesAsProperties(element: HTMLElement): void {
  element.setAttribute = (name, value) => {
    if (name === "style") element.style.cssText = value;
    else Element.prototype.setAttribute.call(element, name, value);
  };
}
