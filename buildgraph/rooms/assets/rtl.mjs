// Mirrors a sheet for languages that are written from right to left: SOURCE SOURCEMAP OUTPUT MAP
import { readFileSync } from "node:fs";
import path from "node:path";
import { load, write } from "./common.mjs";

export default function mirror(source, sourceMap, output, map) {
  const postcss = load("postcss");
  const rtlcss = load("rtlcss");
  const own = JSON.parse(readFileSync(sourceMap, "utf8"));
  const result = postcss([rtlcss]).process(readFileSync(source, "utf8"), {
    from: source,
    to: source, // The mirrored sheet lies next to it.
    map: { inline: false, annotation: false, prev: own, sourcesContent: true },
  });
  const made = result.map.toJSON();
  // What rtlcss has added is of the sheet itself, whose content would be in the map once more.
  write(output, `${result.css}\n/*# sourceMappingURL=${path.basename(map)} */\n`);
  write(map, JSON.stringify({ version: 3, file: path.basename(output), sources: made.sources, sourcesContent: made.sourcesContent, names: made.names, mappings: made.mappings }) + "\n");
}
