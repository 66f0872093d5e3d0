// What was imported through a link: esbuild names a file by its real place, and the link may come to lead elsewhere.
import { existsSync } from "node:fs";
import path from "node:path";
import { ENDINGS, isPackaged, naming } from "./common.mjs";

// The names under which files were asked for, where these are not their own.
export function linked(metafile) {
  const named = naming();
  const found = new Set();
  for (const [importer, { imports }] of Object.entries(metafile.inputs)) {
    const from = path.posix.dirname(named(importer));
    if (isPackaged(`${from}/`)) continue;
    for (const { path: target, original = "", external } of imports) {
      if (external || !(original.startsWith(".") || isNextTo(from, original))) continue;
      const place = path.posix.join(from, original);
      if (named(target).startsWith(place)) continue;
      const name = ["", ...ENDINGS, ...ENDINGS.map((ending) => `/index${ending}`)].map((ending) => place + ending).find((each) => existsSync(each));
      if (name) found.add(name);
    }
  }
  return [...found];
}

// A sheet names what is next to it without "./", too.
function isNextTo(from, original) {
  return original.endsWith(".css") && existsSync(path.posix.join(from, original));
}
