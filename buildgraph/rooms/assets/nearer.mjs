// Where what a bare name of an import stands for could come to be found first: places that are not there.
import { existsSync } from "node:fs";
import path from "node:path";
import { above, isPackaged, naming } from "./common.mjs";

// `asker` tells who a file asks for: a compiled sheet asks as its entry does. A sheet looks next to itself before it looks for a package.
export function nearer(metafile, asker = (importer) => importer) {
  const named = naming();
  const found = new Set();
  for (const [importer, { imports }] of Object.entries(metafile.inputs)) {
    if (isPackaged(named(importer))) continue;
    const from = asker(named(importer));
    for (const { path: target, kind, original = "" } of imports) {
      const name = original.match(/^(@[^/]+\/)?[^./][^/]*/)?.[0];
      if (!name || !isPackaged(named(target))) continue;
      for (const place of above(`node_modules/${name}`, [from])) found.add(place);
      if (kind === "import-rule") found.add(path.posix.join(path.posix.dirname(from), original));
    }
  }
  return [...found].filter((place) => !existsSync(place));
}
