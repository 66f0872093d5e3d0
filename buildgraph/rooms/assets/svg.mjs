// Makes a drawing smaller: SOURCE OUTPUT. Its identifiers stay, since others may name them (`icons.svg#search`).
import { readFileSync, statSync } from "node:fs";
import { Failure, load, told, write } from "./common.mjs";

const LIMIT_MB = 4; // It takes about ten seconds for each.
const STAYS = { cleanupIds: false, removeHiddenElems: false };

export default function optimize(source, output) {
  const { optimize } = load("svgo");
  const size = Math.round(statSync(source).size / 1e6);
  if (size > LIMIT_MB) throw new Failure(told(source, 0, 0, `it has ${size} MB, and a drawing may have ${LIMIT_MB}. Save it as a picture, or put it into a folder of 'copied'`));
  const text = readFileSync(source, "utf8");
  if (!text.trim()) throw new Failure(told(source, 1, 1, "it is empty, and not a drawing"));
  try {
    const { data } = optimize(text, { multipass: true, plugins: [{ name: "preset-default", params: { overrides: STAYS } }] });
    write(output, data);
  } catch (error) {
    if (error.name !== "SvgoParserError") throw error;
    throw new Failure(told(source, error.line, error.column, error.reason));
  }
}
