// The messages of the reader's language. Each language's bundle installs its own; without any the source text shows.

let messages = {};
let pluralForm = (count) => Number(count !== 1);

export function install(given, form) {
  messages = given;
  pluralForm = form;
}

export function ngettext(one, many, count) {
  const text = messages[one]?.[pluralForm(count)] ?? (count === 1 ? one : many);
  return text.replace("%(count)s", String(count));
}
