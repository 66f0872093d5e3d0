// Source maps: those that are made, and those that vendors' files name.
import path from "node:path";
import { decoded, naming } from "./common.mjs";

const NAMED = /[#@] sourceMappingURL=([^\s*'"`]+)/g;
const IS_ADDRESS = /^[a-z][a-z+.-]+:/i;

// The map of what was compiled, under one virtual root: its sources are named from the checkout. Where a vendor's map names a file of the vendor's own
// machine, only the last part of the name stays: where it would be depends on where the checkout is.
export function sourceMap(map, from) {
  const named = naming();
  const inside = (name) => (name.startsWith("../") || path.isAbsolute(name) ? `elsewhere/${path.posix.basename(name)}` : name);
  const sources = map.sources.map((source) => {
    if (IS_ADDRESS.test(source)) return source.startsWith("file:") ? inside(`../${source}`) : source;
    return inside(named(path.resolve(from, source)));
  });
  return { version: 3, sourceRoot: "source:///", sources, sourcesContent: map.sourcesContent, names: map.names, mappings: map.mappings };
}

// The maps that a file names; esbuild reads them if they are there, and does not say so.
export function mapsOf(text, file) {
  return [...text.matchAll(NAMED)].map(([, name]) => name).filter((name) => !IS_ADDRESS.test(name)).map((name) => path.resolve(path.dirname(file), decoded(name)));
}
