// Bundles ES modules together, what several of them use apart: INTO NAMES READS SETTINGS
//
// A file is named by what can be reached from it: its own content, that of its map and of all that it imports, with a mark in the place of their names.
// So modules that import each other in a circle have names, too. The mark is as long as a digest: the columns of the maps stay right.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { digest, esbuildFailure, hashed, load, write } from "./common.mjs";
import { dialects } from "./dialects.mjs";
import { sourceMap } from "./maps.mjs";
import { failOnMistakes, options, tellReads } from "./scripts.mjs";

const MARK = "-its-digest-";

export default async function bundle(into, names, reads, settings) {
  const given = JSON.parse(settings);
  const sources = Object.keys(given.modules);
  const asked = { listed: new Set(), maps: new Set() };
  let result;
  try {
    result = await load("esbuild").build({
      ...options(sources, given, [dialects(asked)]),
      entryPoints: Object.entries(given.modules).map(([source, name]) => ({ in: source, out: `${path.posix.basename(name, ".js")}.${MARK}` })),
      chunkNames: `chunk-[hash].${MARK}`,
      outdir: into,
      format: "esm",
      splitting: true,
    });
    failOnMistakes(result);
  } catch (error) {
    throw esbuildFailure(error, sources[0]);
  }
  const files = made(result, into, given.folder);
  const digests = Object.fromEntries(Object.keys(files).map((name) => [name, digestOf(name, files)]));
  const named = (text) => Object.entries(digests).reduce((so, [name, its]) => so.replaceAll(marked(name), path.posix.basename(hashed(name, its))), text);
  mkdirSync(into, { recursive: true });
  for (const [name, { code, map }] of Object.entries(files)) {
    const file = path.join(into, path.posix.basename(name));
    write(`${file}.map`, map);
    write(file, `${named(code)}//# sourceMappingURL=${path.posix.basename(hashed(`${name}.map`, digest(map)))}\n`);
  }
  write(names, JSON.stringify(Object.fromEntries(Object.entries(digests).sort().map(([name, its]) => [name, hashed(name, its)])), null, 1) + "\n");
  tellReads(reads, sources, result.metafile, asked);
}

const marked = (name) => path.posix.basename(hashed(name, MARK));

// Name → what was made under it: code, its map, and the names that it imports.
function made(result, into, folder) {
  const nameOf = (file) => path.posix.join(folder, path.basename(file).replace(`.${MARK}`, ""));
  const texts = new Map(result.outputFiles.map((file) => [path.resolve(file.path), file.text]));
  const outputs = Object.entries(result.metafile.outputs).filter(([file]) => file.endsWith(".js"));
  return Object.fromEntries(
    outputs.map(([file, { imports }]) => {
      const whole = path.resolve(file);
      const map = JSON.stringify(sourceMap(JSON.parse(texts.get(`${whole}.map`)), into)) + "\n";
      return [nameOf(file), { code: texts.get(whole), map, imports: imports.filter(({ external }) => !external).map((each) => nameOf(each.path)) }];
    }),
  );
}

function digestOf(name, files) {
  const reached = new Set([name]);
  for (const each of reached) files[each].imports.forEach((other) => reached.add(other));
  return digest([...reached].sort().map((each) => `${each}\n${files[each].code}\n${files[each].map}`).join("\n"));
}
