// Compiles one SCSS entry: style.mjs SOURCE OUTPUT MAP READS
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fail, load, relative, write, writeReads } from "./common.mjs";

const [source, output, map, reads] = process.argv.slice(2);
const sass = load("sass");

try {
  const result = sass.compile(source, { style: "compressed", sourceMap: true, sourceMapIncludeSources: true, logger: sass.Logger.silent });
  const files = result.loadedUrls.filter((url) => url.protocol === "file:").map((url) => fileURLToPath(url));
  // The map names its sources relative to the checkout, so that it is the same in every checkout.
  const sources = result.sourceMap.sources.map((url) => (url.startsWith("file:") ? relative(fileURLToPath(url)) : url));
  write(output, `${result.css}\n/*# sourceMappingURL=${path.basename(map)} */\n`);
  write(map, JSON.stringify({ ...result.sourceMap, sources, file: path.basename(output) }) + "\n");
  writeReads(reads, files);
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
