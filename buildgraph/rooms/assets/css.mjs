// Bundles and minifies a sheet, and writes the names that its files will have: SOURCE INTO READS SETTINGS
//
// What `url(…)` names is looked for where it will be published: from the sheet's own place, in the folders of each place. Sheets that are imported are
// bundled; what these name themselves is looked for next to them, and comes with the sheet (NAME.files/).
import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import path from "node:path";
import { above, decoded, digest, esbuildFailure, hashed, isPackaged, load, naming, write, writeReads } from "./common.mjs";
import { linked } from "./linked.mjs";
import { mapsOf, sourceMap } from "./maps.mjs";
import { nearer } from "./nearer.mjs";

const ELSEWHERE = /^([a-z][a-z0-9+.-]*:|[/#?]|$)/i;
const MISSING = "Add the file, or correct the reference.";

export default async function bundle(source, into, reads, settings) {
  const given = JSON.parse(settings);
  const base = path.posix.basename(given.name);
  const output = path.join(into, base);
  const sheet = { ...given, source, into, read: new Map(), absent: new Set(), maps: new Set() };
  let result;
  try {
    result = await load("esbuild").build({
      entryPoints: [source],
      outfile: output,
      bundle: true,
      minify: true,
      target: given.browsers,
      sourcemap: "external",
      metafile: true,
      write: false,
      logLevel: "silent",
      tsconfigRaw: "{}",
      absWorkingDir: process.cwd(),
      plugins: [references(sheet)],
    });
    const mistakes = result.warnings.filter((warning) => isMistake(warning));
    if (mistakes.length) throw Object.assign(new Error(), { errors: mistakes });
  } catch (error) {
    throw esbuildFailure(error, given.entry, (location) => original(location));
  }
  const [text, mapText] = [/\.css$/, /\.map$/].map((end) => result.outputFiles.find((file) => end.test(file.path)).text);
  const mapped = JSON.stringify(sourceMap(JSON.parse(mapText), path.dirname(output))) + "\n";
  write(`${output}.map`, mapped);
  write(output, `${text}/*# sourceMappingURL=${hashed(`${base}.map`, digest(mapped))} */\n`);
  const inputs = Object.keys(result.metafile.inputs).map(naming()).filter((name) => name !== source);
  const isOwn = (name) => name in given.entries;
  const packages = above("package.json", inputs.filter(isPackaged)).filter((name) => isPackaged(name) && existsSync(name));
  const { files, folders } = nearer(result.metafile, (name) => given.entries[name] ?? name);
  const exact = [...inputs.filter(isOwn), ...packages, ...sheet.read.keys(), ...linked(result.metafile)];
  writeReads(reads, inputs.filter((name) => !isOwn(name)), { exact, absent: [...sheet.absent, ...sheet.maps, ...files], folders });
}

// What browsers pass over is a mistake where people of the checkout wrote it; packages have their hacks for browsers of old, and so may others.
function isMistake({ id, text, location }) {
  const isHack = /^Expected identifier but found "\*"|progid|expression/.test(text);
  return ["css-syntax-error", "invalid-@import", "js-comment-in-css"].includes(id) && !isHack && location && !isPackaged(naming()(location.file));
}

// Asks for each name in a sheet what stands for it.
function references(sheet) {
  const named = naming();
  return {
    name: "references",
    setup(build) {
      build.onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
        const text = await readFile(file, "utf8");
        mapsOf(text, file).forEach((each) => sheet.maps.add(each));
        return /image-set\(/i.test(text) ? { contents: withAddresses(text), loader: "css", resolveDir: path.dirname(file) } : undefined;
      });
      build.onResolve({ filter: /.*/ }, (args) => {
        if (args.kind === "entry-point" || args.pluginData === sheet) return undefined;
        if (ELSEWHERE.test(args.path)) return { path: args.path, external: true };
        const isOwn = named(args.importer) in sheet.entries;
        if (args.kind === "import-rule") return isOwn ? imported(sheet, sheet.entries[named(args.importer)], build, args) : undefined;
        const [, wanted, rest] = args.path.match(/^([^?#]*)(.*)$/s);
        return isOwn ? published(sheet, wanted, rest) : brought(sheet, args.resolveDir, wanted, rest);
      });
    },
  };
}

// In `image-set(…)` a string is an address, too (CSS Images 4, 2.4); esbuild knows those in `url(…)` alone. A string within another function is not one.
function withAddresses(text) {
  return text.replace(/(image-set\()((?:[^()"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\([^()]*\))*)\)/gi, (_, name, rest) => {
    const said = rest.replace(/[\w-]+\([^()]*\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (part) => (/^["']/.test(part) ? `url(${part})` : part));
    return `${name}${said})`;
  });
}

// A sheet imported by one of ours: another one of ours, one next to the entry that it was compiled from, or one of a package.
async function imported(sheet, entry, build, args) {
  const [, wanted] = args.path.match(/^(?:\.\/)?([^?#]*)/s);
  const own = sheet.sheets[path.posix.join(path.posix.dirname(sheet.name), wanted)];
  if (own) return { path: path.resolve(own) };
  const folder = path.posix.dirname(entry);
  const near = path.posix.join(folder, wanted);
  if (isFile(near)) return { path: path.resolve(near) };
  sheet.absent.add(near);
  const bare = args.path.startsWith(".") ? undefined : await build.resolve(args.path, { kind: "import-rule", resolveDir: path.resolve(folder), pluginData: sheet });
  if (bare && !bare.errors.length) return bare;
  return { errors: [{ text: `'${args.path}' is imported, but there is neither '${near}' nor such a package. ${MISSING}` }] };
}

// A file that is published from one of the places.
function published(sheet, wanted, rest) {
  const folder = path.posix.dirname(sheet.name);
  const name = path.posix.join(folder, decoded(wanted));
  for (const file of candidates(sheet.places, name)) {
    if (isFile(file)) return external(sheet, name, file, rest);
    sheet.absent.add(file);
  }
  return { errors: [{ text: `'${wanted}' is referred to, but there is no '${name}' in the built files. ${MISSING}` }] };
}

// A file next to a sheet that was imported, which is published with the sheet.
function brought(sheet, folder, wanted, rest) {
  const file = path.resolve(folder, decoded(wanted));
  if (!isFile(file)) return { errors: [{ text: `'${wanted}' is referred to, but there is no such file next to the sheet. ${MISSING}` }] };
  const name = `${sheet.name.replace(/\.css$/, "")}.files/${path.basename(file)}`;
  const copy = path.join(sheet.into, path.posix.relative(path.posix.dirname(sheet.name), name));
  const content = readFileSync(file);
  if (existsSync(copy) && !readFileSync(copy).equals(content)) {
    return { errors: [{ text: `'${wanted}' and another file of the same name are referred to, and only one of them can be '${name}'. Rename one of them.` }] };
  }
  write(copy, content);
  return external(sheet, name, file, rest);
}

function external(sheet, name, file, rest) {
  if (!sheet.read.has(file)) sheet.read.set(file, digest(readFileSync(file)));
  const target = path.posix.relative(path.posix.dirname(sheet.name), hashed(name, sheet.read.get(file)));
  return { path: address(target) + rest, external: true };
}

// A name as an address has it, which a server decodes once: blanks may stay in quotes, but not what begins something else.
function address(name) {
  return name.replace(/%(?=[0-9a-f]{2})|[?#]/gi, encodeURIComponent);
}

// The files that a name may stand for, the one that counts first.
function candidates(places, name) {
  return Object.entries(places).flatMap(([place, folders]) => (name.startsWith(`${place}/`) ? folders.map((folder) => path.posix.join(folder, name.slice(place.length + 1))) : []));
}

function isFile(file) {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

// The place in what people wrote, by the map next to a compiled sheet.
function original(location) {
  const map = `${location.file}.map`;
  if (!existsSync(map)) return location;
  const entry = new SourceMap(JSON.parse(readFileSync(map, "utf8"))).findEntry(location.line - 1, location.column);
  if (entry.originalSource === undefined) return location;
  return { file: path.posix.join(path.posix.dirname(location.file), entry.originalSource), line: entry.originalLine + 1, column: entry.originalColumn };
}
