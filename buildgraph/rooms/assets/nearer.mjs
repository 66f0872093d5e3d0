// Where what a bare name of an import stands for could come to be found first, whether anything is there or not.
import { existsSync } from "node:fs";
import path from "node:path";
import { ENDINGS, above, isPackaged, naming } from "./common.mjs";

// `files` are names that nobody had, and what says where a package has its files; `folders` those that may come to hold what was asked for: a
// nearer package that lacks it is passed over. `asker` tells who a file asks for: a compiled sheet asks as its entry does.
export function nearer(metafile, asker = (importer) => importer) {
  const named = naming();
  const files = new Set();
  const folders = new Set();
  for (const [importer, { imports }] of Object.entries(metafile.inputs)) {
    if (isPackaged(named(importer))) continue;
    const from = asker(named(importer));
    for (const { path: target, kind, original = "" } of imports) {
      const name = original.match(/^(@[^/]+\/)?[^./][^/]*/)?.[0];
      if (!name || !isPackaged(named(target))) continue;
      const found = named(target).indexOf(`node_modules/${name}/`);
      const top = `${named(target).slice(0, found)}node_modules/${name}`;
      if (found >= 0 && original === name) ENDINGS.map((ending) => top + ending).filter((each) => !existsSync(each)).forEach((each) => files.add(each));
      for (const place of placesOf(kind, from, named(target))) {
        const whole = path.posix.join(place, original);
        const top = path.posix.join(place, name);
        [path.posix.dirname(whole), whole].forEach((folder) => folders.add(folder));
        files.add(path.posix.join(top, "package.json"));
        if (!existsSync(top)) files.add(top);
      }
    }
  }
  return { files: [...files], folders: [...folders] };
}

// A sheet looks next to itself before it looks for a package.
function placesOf(kind, from, target) {
  const places = above("node_modules", [from]);
  const found = places.findIndex((place) => target.startsWith(`${place}/`));
  return [...(kind === "import-rule" ? [path.posix.dirname(from)] : []), ...places.slice(0, found < 0 ? places.length : found)];
}
