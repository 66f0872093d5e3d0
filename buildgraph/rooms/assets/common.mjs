// What both compilers share: finding their library, saying what was read, and failing in one sentence.
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

// The libraries are the checkout's own, wherever this file lies.
export const load = createRequire(path.join(process.cwd(), "package.json"));

export const relative = (file) => path.relative(process.cwd(), file).split(path.sep).join("/");

export function write(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const MODULES = "node_modules/";

// node_modules may be a link as a whole (a copy of the checkout that shares it); compilers name what they read by its real place.
export function ownNames(files) {
  const modules = existsSync(MODULES) ? realpathSync(MODULES) + path.sep : "";
  return files.filter((file) => !modules || !path.resolve(file).startsWith(modules)).map(relative).filter((name) => !name.startsWith(MODULES));
}

// A new file in a folder that was read may change what a name resolves to: the folders are dependencies, too. What lies outside of the checkout
// would be nobody else's: a node_modules of the person's own further up, for example.
export function writeReads(file, inputs, more = [], lookedIn = []) {
  const own = ownNames(inputs);
  const foreign = own.find((name) => name.startsWith("../") || path.isAbsolute(name));
  if (foreign) fail("", 0, `'${path.resolve(foreign)}' is read, which is outside the checkout. Install it with package.json, or copy it here.`);
  const folders = [...new Set([...own.map((name) => path.posix.dirname(name)), ...ownNames(lookedIn).map((name) => name || ".")])].sort();
  write(file, JSON.stringify({ inputs: [...new Set([...own, ...more])].sort(), folders }) + "\n");
}

// The files of a name in the folders of these files and above them, up to the checkout's top; the nearest of the first file first.
export function above(name, files) {
  const folders = new Set();
  for (const file of files) {
    for (let folder = path.posix.dirname(file); !folders.has(folder); folder = path.posix.dirname(folder)) folders.add(folder);
  }
  return [...folders].map((folder) => path.posix.join(folder, name)).filter((found) => existsSync(found));
}

// Places are said as editors read them: FILE:LINE:COLUMN, both counted from 1.
export function fail(file, line, message, column = 0) {
  console.error(told(file, line, column, message));
  process.exit(1);
}

export function told(file, line, column, message) {
  return `error: ${file ? `${[file, line, column].filter(Boolean).join(":")}: ` : ""}${message}`;
}
