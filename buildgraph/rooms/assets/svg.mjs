// Makes a drawing smaller: SOURCE OUTPUT. Its identifiers stay, since others may name them (`icons.svg#search`).
import { readFileSync } from "node:fs";
import { Failure, load, told, write } from "./common.mjs";

const STAYS = { cleanupIds: false, removeHiddenElems: false };

export default function optimize(source, output) {
  const { optimize } = load("svgo");
  try {
    const { data } = optimize(readFileSync(source, "utf8"), { multipass: true, plugins: [{ name: "preset-default", params: { overrides: STAYS } }] });
    write(output, data);
  } catch (error) {
    if (error.name !== "SvgoParserError") throw error;
    throw new Failure(told(source, error.line, error.column, error.reason));
  }
}
