// What both ways to bundle scripts share: the options of esbuild, what vendor code is written in, and what was read.
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { above, isPackaged, naming, writeReads } from "./common.mjs";
import { nearer } from "./nearer.mjs";

const CONTEXT = /require\.context\(\s*(["'])([^"']+)\1\s*(?:,\s*(true|false)\s*(?:,\s*(\/(?:[^/\\\n]|\\.)+\/[a-z]*)\s*)?)?\)/g;
const DEFINE = /^[ \t]*define\(\s*(?:(["'])[^"']*\1\s*,\s*)?(\[[^\]]*\]\s*,)?\s*(?=function|\(|[\w$]+\s*=>)/m;
const LOADERS = { ".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "jsx", ".ts": "ts", ".mts": "ts", ".tsx": "tsx" };

// Settings of compilers above the checkout count for nothing: esbuild would look for a tsconfig.json there, and says of none that it was read.
export function options(sources, { aliases, defines, injected, loaders, browsers }, plugins) {
  const tsconfig = above("tsconfig.json", sources).find((name) => existsSync(name));
  return {
    bundle: true,
    minify: true,
    target: browsers,
    sourcemap: "external",
    metafile: true,
    write: false,
    logLevel: "silent",
    alias: aliases,
    define: defines,
    inject: injected,
    loader: loaders,
    ...(tsconfig ? { tsconfig } : { tsconfigRaw: "{}" }),
    absWorkingDir: process.cwd(),
    plugins,
  };
}

// Understands what webpack's users write, `require.context(FOLDER, DEEP, /PATTERN/)`, and modules that have `define(…)` alone (AMD).
export function dialects(listed) {
  return {
    name: "dialects",
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path: file }) => {
        const text = await readFile(file, "utf8");
        const contents = withDefine(withContexts(text, file, listed));
        return contents === text ? undefined : { contents, loader: LOADERS[path.extname(file)], resolveDir: path.dirname(file) };
      });
    },
  };
}

function withContexts(text, file, listed) {
  if (!text.includes("require.context")) return text;
  return text.replace(CONTEXT, (_, quote, folder, deep = "true", pattern = "/^\\.\\/.*$/") => {
    const isRelative = /^\.{1,2}(\/|$)/.test(folder);
    const top = isRelative ? path.resolve(path.dirname(file), folder) : ofPackage(folder, file);
    const end = pattern.lastIndexOf("/");
    const fits = new RegExp(pattern.slice(1, end), pattern.slice(end + 1).replace(/[gy]/g, ""));
    const names = below(top, deep === "true", listed).filter((name) => fits.test(name));
    const entries = names.map((name) => `${JSON.stringify(name)}:()=>require(${JSON.stringify(`${folder.replace(/\/$/, "")}/${name.slice(2)}`)})`);
    return `((files)=>Object.assign((name)=>files[name](),{keys:()=>Object.keys(files),resolve:(name)=>name}))({${entries.join(",")}})`;
  });
}

// The folder of a package, where the nearest node_modules has it.
function ofPackage(name, file) {
  const places = above(`node_modules/${name}`, [naming()(file)]);
  return path.resolve(places.find((place) => existsSync(place)) ?? places.at(-1));
}

// The files below a folder as "./a/b.js", in one order everywhere; each folder that was listed is remembered.
function below(top, isDeep, listed, prefix = "./") {
  listed.add(top);
  if (!existsSync(top)) return [];
  const entries = readdirSync(top, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.isDirectory()) return isDeep ? below(path.join(top, entry.name), isDeep, listed, `${prefix}${entry.name}/`) : [];
    return [`${prefix}${entry.name}`];
  });
}

function withDefine(text) {
  if (!DEFINE.test(text) || /\bmodule\.exports\b|\btypeof\s+(module|exports)\b|^\s*(import|export)\b/m.test(text)) return text;
  const [found, , names = "[],"] = text.match(DEFINE);
  const wanted = [...names.matchAll(/["']([^"']+)["']/g)].map(([, name]) => name);
  const stand = { require: "require", exports: "exports", module: "module" };
  const values = wanted.map((name) => stand[name] ?? `require(${JSON.stringify(name)})`);
  const given = names === "[]," && !found.includes("[") ? "require,exports,module" : values.join(",");
  // On the same lines, so that places in errors and maps stay.
  return `var define=(...given)=>{var made=given.pop();var result=typeof made==="function"?made(${given}):made;if(result!==undefined)module.exports=result;};${text}`;
}

// Says what esbuild read: its inputs, the settings next to them, the folders that were listed, and where a package could come to be found first.
export function tellReads(reads, sources, metafile, listed) {
  const named = naming();
  const inputs = Object.keys(metafile.inputs).filter((name) => !name.startsWith("<") && existsSync(name));
  const settings = [...above("package.json", inputs.map(named)), ...above("tsconfig.json", sources)].filter((name) => !name.startsWith("../"));
  const isThere = (name) => existsSync(name);
  const absent = [...settings.filter((name) => !isThere(name) && !isPackaged(name)), ...nearer(metafile)];
  writeReads(reads, inputs, { exact: settings.filter(isThere), absent, folders: [...listed] });
}
