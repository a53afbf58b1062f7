import { en } from "./en/index.ts";

/** Every text of the portal in one language. Another language is another object of this shape. */
export type Catalogue = typeof en;

/** The languages that there are; one is loaded, the others stay where they are. */
const LANGUAGES: Readonly<Record<string, () => Promise<Catalogue>>> = {
  en: async () => en,
};

export let text: Catalogue = en;
export let language = "en";

/** Takes the first of the viewer's languages that there is. Before anything is shown. */
export async function chooseLanguage(wanted: readonly string[]): Promise<void> {
  const found = wanted.map((tag) => tag.split("-", 1)[0] ?? "").find((tag) => tag in LANGUAGES);
  language = found ?? "en";
  text = (await LANGUAGES[language]?.()) ?? en;
  document.documentElement.lang = language;
}
