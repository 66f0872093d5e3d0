// The messages of the reader's language, which stand before each language's script; without any the source text shows.

const { messages = {}, plural = (count) => Number(count !== 1) } = globalThis.TRANSLATIONS ?? {};

export function ngettext(one, many, count) {
  const text = messages[one]?.[plural(count)] ?? (count === 1 ? one : many);
  return text.replace("%(count)s", String(count));
}
