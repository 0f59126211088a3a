/** The texts of one language, loaded when they are first needed. */

const LANGUAGES = ["de", "en", "es", "fr", "it", "nl", "pt-BR"];
const SOURCE = "en";
const HERE = import.meta.url;

type Texts = Record<string, string>;

let texts: Texts = {};
let language: string | undefined;
let loading: Promise<void> | undefined;
let isLoaded = false;

/** Return which of our languages fits one of Home Assistant's. */
export function fittingLanguage(wanted: string): string {
  const base = wanted.split("-")[0];
  return (
    LANGUAGES.find((each) => each === wanted) ??
    LANGUAGES.find((each) => each.split("-")[0] === base) ??
    SOURCE
  );
}

/** Load the texts of a language, or of English where that fails; not if they are there. */
export function loadTexts(wanted: string): Promise<void> | undefined {
  const fitting = fittingLanguage(wanted);
  if (fitting !== language || !loading) {
    language = fitting;
    isLoaded = false;
    loading = fetchTexts(fitting).then((found) => {
      if (language === fitting) {
        texts = found;
        isLoaded = true;
      }
    });
  }
  return isLoaded ? undefined : loading;
}

async function fetchTexts(name: string): Promise<Texts> {
  // The version of the module is that of its texts.
  const { search } = new URL(HERE);
  try {
    const answer = await fetch(new URL(`texts/${name}.json${search}`, HERE));
    if (answer.ok) {
      return (await answer.json()) as Texts;
    }
  } catch {
    // The connection is gone; cards say so by themselves.
  }
  loading = undefined;
  return name === SOURCE ? {} : fetchTexts(SOURCE);
}

/** Return a text; what stands in braces is filled in. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  const found = texts[key] ?? "";
  return found.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Return the text of a key that may be unknown, such as that of a newer feature. */
export function textOr(key: string, otherwise: string): string {
  return texts[key] ?? otherwise;
}

/** Tell whether there are texts to show. */
export function hasTexts(): boolean {
  return SOURCE in texts || Object.keys(texts).length > 0;
}
