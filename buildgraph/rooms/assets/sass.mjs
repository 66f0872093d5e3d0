// Compiles one SCSS entry, expanded: what mirrors a sheet reads comments, which a compressed one has lost. SOURCE OUTPUT MAP READS SETTINGS
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Failure, load, naming, told, write, writeReads } from "./common.mjs";

// The compiler is kept for the sheets to come. The embedded one takes a third of the other's time.
let kept;

function compiler() {
  if (!kept) {
    const sass = load("sass-embedded", "sass");
    kept = { sass, compiler: sass.initCompiler() };
  }
  return kept;
}

export default function compile(source, output, map, reads, settings) {
  const { sass, compiler: its } = compiler();
  const named = naming();
  const lookedIn = new Set();
  const importers = JSON.parse(settings).load_paths.map((folder) => importer(folder, lookedIn));
  let result;
  try {
    result = its.compile(source, { style: "expanded", sourceMap: true, sourceMapIncludeSources: true, importers, logger: sass.Logger.silent });
  } catch (error) {
    throw failure(error, source);
  }
  const files = result.loadedUrls.filter((url) => url.protocol === "file:").map((url) => fileURLToPath(url));
  const sources = result.sourceMap.sources.map((url) => (url.startsWith("file:") ? named(fileURLToPath(url)) : url));
  // From here on the map is read next to the sheet, so its sources are said from there, and are the same in every checkout.
  const up = path.posix.relative(path.posix.dirname(JSON.parse(settings).place), ".");
  const relative = sources.map((name) => (/^[a-z]+:/.test(name) ? name : path.posix.join(up, name)));
  write(output, `${result.css}\n/*# sourceMappingURL=${path.basename(map)} */\n`);
  write(map, JSON.stringify({ ...result.sourceMap, sources: relative, file: path.basename(output) }) + "\n");
  writeReads(reads, files, { folders: [...lookedIn] });
}

// One importer for each folder: sass asks them in turn for what is not next to the sheet that names it. Where a nearer file could be added is remembered.
function importer(folder, lookedIn) {
  return {
    findFileUrl(name, { containingUrl }) {
      const places = [path.resolve(folder, name), ...(containingUrl?.protocol === "file:" ? [fileURLToPath(new URL(encodeURI(name), containingUrl))] : [])];
      for (const place of places) lookedIn.add(nearest(path.dirname(place)));
      return pathToFileURL(places[0]);
    },
  };
}

function nearest(folder) {
  return existsSync(folder) ? folder : nearest(path.dirname(folder));
}

function failure(error, source) {
  if (!error.sassMessage) return error;
  const where = error.span;
  const file = where?.url ? naming()(fileURLToPath(new URL(where.url, pathToFileURL(source)))) : source;
  const missing = error.sassMessage.startsWith("Can't find stylesheet") ? ` '${where?.text?.match(/["']([^"']+)["']/)?.[1] ?? ""}'` : "";
  const message = `${error.sassMessage.replace(/\.$/, "")}${missing}`;
  return new Failure(told(file, where ? where.start.line + 1 : 0, where ? where.start.column + 1 : 0, message));
}
