// Compiles one SCSS entry: style.mjs SOURCE OUTPUT MAP READS SETTINGS
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fail, load, relative, write, writeReads } from "./common.mjs";

const [source, output, map, reads, settings] = process.argv.slice(2);
const sass = load("sass");
const lookedIn = new Set();

// One importer for each folder: sass asks them in turn for what is not next to the sheet that names it. Where a nearer file could be added is remembered.
const importers = JSON.parse(settings).load_paths.map((folder) => ({
  findFileUrl(name, { containingUrl }) {
    const places = [path.resolve(folder, name), ...(containingUrl?.protocol === "file:" ? [fileURLToPath(new URL(name, containingUrl))] : [])];
    for (const place of places) lookedIn.add(nearest(path.dirname(place)));
    return pathToFileURL(places[0]);
  },
}));

function nearest(folder) {
  return existsSync(folder) ? folder : nearest(path.dirname(folder));
}

try {
  const result = sass.compile(source, { style: "compressed", sourceMap: true, sourceMapIncludeSources: true, importers, logger: sass.Logger.silent });
  const files = result.loadedUrls.filter((url) => url.protocol === "file:").map((url) => fileURLToPath(url));
  // The map names its sources relative to the checkout, so that it is the same in every checkout.
  const sources = result.sourceMap.sources.map((url) => (url.startsWith("file:") ? relative(fileURLToPath(url)) : url));
  write(output, `${result.css}\n/*# sourceMappingURL=${path.basename(map)} */\n`);
  write(map, JSON.stringify({ ...result.sourceMap, sources, file: path.basename(output) }) + "\n");
  writeReads(reads, files, [], [...lookedIn]);
} catch (error) {
  const where = error.span;
  const file = where?.url ? relative(fileURLToPath(new URL(where.url, pathToFileURL(source)))) : source;
  fail(file, where ? where.start.line + 1 : 0, describe(error), where ? where.start.column + 1 : 0);
}

function describe(error) {
  const said = error.sassMessage ?? error.message;
  const missing = said.startsWith("Can't find stylesheet") ? ` '${error.span?.text?.match(/["']([^"']+)["']/)?.[1] ?? ""}'` : "";
  return `${said.replace(/\.$/, "")}${missing}`;
}
