// What vendors' code and that of webpack's users is written in, as esbuild understands it.
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { above, naming } from "./common.mjs";
import { mapsOf } from "./maps.mjs";

const CONTEXT = /require\.context\(\s*(["'])([^"']+)\1\s*(?:,\s*(true|false)\s*(?:,\s*(\/(?:[^/\\\n]|\\.)+\/[a-z]*)\s*)?)?\)/g;
const TEMPLATE = /\b(?:import|require)\s*\(\s*(?:\/\*.*?\*\/\s*)*[`"'](\.{1,2}\/(?:[^`"'$\n]*\/)?)[^`"'$\n/]*(?:\$\{|["'`]\s*\+)/g;
const DEFINE = /^[ \t]*define\(\s*(?:(["'])[^"']*\1\s*,\s*)?(\[[^\]]*\]\s*,)?\s*(?=function|\(|[\w$]+\s*=>)/m;
const LOADERS = { ".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "jsx", ".ts": "ts", ".mts": "ts", ".tsx": "tsx" };

// Understands what webpack's users write, `require.context(FOLDER, DEEP, /PATTERN/)`, and modules that have `define(…)` alone (AMD).
export function dialects({ listed, maps }) {
  return {
    name: "dialects",
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path: file }) => {
        const text = await readFile(file, "utf8");
        mapsOf(text, file).forEach((each) => maps.add(each));
        listTemplates(text, file, listed);
        const { contents: found, errors } = withContexts(text, file, listed);
        if (errors.length) return { errors };
        const contents = withDefine(found);
        return contents === text ? undefined : { contents, loader: LOADERS[path.extname(file)], resolveDir: path.dirname(file) };
      });
    },
  };
}

function withContexts(text, file, listed) {
  const errors = [];
  if (!text.includes("require.context")) return { contents: text, errors };
  const contents = text.replace(CONTEXT, (said, quote, folder, deep = "true", pattern = "/^\\.\\/.*$/", at) => {
    try {
      return context(file, folder, deep === "true", pattern, listed);
    } catch (error) {
      errors.push({ text: error.message, location: placeOf(text, at, said, file) });
      return said;
    }
  });
  return { contents, errors };
}

function context(file, folder, isDeep, pattern, listed) {
  const isRelative = /^\.{1,2}(\/|$)/.test(folder);
  const top = isRelative ? path.resolve(path.dirname(file), folder) : ofPackage(folder, file);
  listed.add(top);
  if (!existsSync(top)) throw new Error(`'${folder}' is required, but there is no such folder`);
  const end = pattern.lastIndexOf("/");
  const fits = new RegExp(pattern.slice(1, end), pattern.slice(end + 1).replace(/[gy]/g, ""));
  const names = below(top, isDeep, listed).filter((name) => fits.test(name));
  const entries = names.map((name) => `${JSON.stringify(name)}:()=>require(${JSON.stringify(`${folder.replace(/\/$/, "")}/${name.slice(2)}`)})`);
  return `((files)=>Object.assign((name)=>files[name](),{keys:()=>Object.keys(files),resolve:(name)=>name}))({${entries.join(",")}})`;
}

function placeOf(text, at, said, file) {
  const before = text.slice(0, at).split("\n");
  return { file: naming()(file), line: before.length, column: before.at(-1).length, length: said.length, lineText: text.split("\n")[before.length - 1] };
}

// A name with a hole in it, `./parts/${name}.js`, stands for all files that fit, in folders below, too; esbuild finds them, and lists folders for that.
function listTemplates(text, file, listed) {
  for (const [, folder] of text.matchAll(TEMPLATE)) {
    const top = path.resolve(path.dirname(file), folder);
    if (existsSync(top)) below(top, true, listed);
  }
}

// The folder of a package, where the nearest node_modules has it.
function ofPackage(name, file) {
  const places = above(`node_modules/${name}`, [naming()(file)]);
  return path.resolve(places.find((place) => existsSync(place)) ?? places.at(-1));
}

// The files below a folder as "./a/b.js", in one order everywhere; each folder that was listed is remembered.
function below(top, isDeep, listed, prefix = "./") {
  listed.add(top);
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
