// What both compilers share: finding their library, saying what was read, and failing in one sentence.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

// The libraries are the checkout's own, wherever this file lies.
export const load = createRequire(path.join(process.cwd(), "package.json"));

export const relative = (file) => path.relative(process.cwd(), file).split(path.sep).join("/");

export function write(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

// A new file in a folder that was read may change what a name resolves to: the folders are dependencies, too.
export function writeReads(file, inputs) {
  const own = inputs.map(relative).filter((name) => !name.startsWith("..") && !name.startsWith("node_modules/")).sort();
  const folders = [...new Set(own.map((name) => path.posix.dirname(name)))].sort();
  write(file, JSON.stringify({ inputs: own, folders }) + "\n");
}

export function fail(file, line, message) {
  const place = file ? `${file}${line ? `, line ${line}` : ""}: ` : "";
  console.error(`error: ${place}${message}`);
  process.exit(1);
}
