import { saveAs } from "../../frame/save-as.ts";

/** Of what is drawn by style sheets, which a picture that stands alone has not. */
const DRAWN = [
  ...["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family"],
  ...["font-size", "font-weight", "text-anchor", "dominant-baseline", "visibility", "transform"],
];

/** Saves what is drawn in an element as a PNG of twice its size. */
export async function savePicture(element: HTMLElement, name: string): Promise<void> {
  const [{ toBlob }, fonts] = await Promise.all([import("html-to-image"), ownFonts()]);
  const restore = withOwnStyles(element);
  const blob = await toBlob(element, {
    pixelRatio: 2,
    fontEmbedCSS: fonts,
    backgroundColor: getComputedStyle(document.body).backgroundColor,
  }).finally(restore);
  if (blob === null) throw new Error("the browser made no picture");
  saveAs(name, blob);
}

/** The fonts of the page's own style sheets, within the text: a picture fetches nothing. */
async function ownFonts(): Promise<string> {
  const faces = [...document.styleSheets].flatMap((sheet) =>
    [...sheet.cssRules].flatMap((rule) =>
      rule instanceof CSSFontFaceRule ? [{ rule, base: sheet.href ?? location.href }] : [],
    ),
  );
  const written = faces.map(async ({ rule, base }) => {
    const [, address] = /url\("?([^")]+)"?\)/.exec(rule.style.getPropertyValue("src")) ?? [];
    if (address === undefined) return "";
    const font = await (await fetch(new URL(address, base))).blob();
    const family = rule.style.getPropertyValue("font-family");
    const weight = rule.style.getPropertyValue("font-weight");
    const src = `src:url("${await dataUrlOf(font)}")`;
    return `@font-face{font-family:${family};font-weight:${weight};${src}}`;
  });
  return (await Promise.all(written)).join("");
}

function dataUrlOf(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Parts of drawings are copied as they are, without what style sheets make of them. */
function withOwnStyles(element: HTMLElement): () => void {
  const parts = [...element.querySelectorAll<SVGElement>("svg *")];
  const before = parts.map((part) => part.getAttribute("style"));
  const styles = parts.map((part) => {
    const computed = getComputedStyle(part);
    return DRAWN.map((name) => [name, computed.getPropertyValue(name)] as const);
  });
  for (const [index, part] of parts.entries()) {
    for (const [name, value] of styles[index] ?? []) part.style.setProperty(name, value);
  }
  return () => {
    for (const [index, part] of parts.entries()) {
      const style = before[index];
      if (style == null) part.removeAttribute("style");
      else part.style.cssText = style;
    }
  };
}
