// Runs one file of unit tests by node's own runner: FILE READS SETTINGS
//
// It is bundled first, as scripts are, so that the tests import what the scripts import, and what they depend on is known exactly.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { esbuildFailure, Failure, load, write } from "./common.mjs";
import { dialects } from "./dialects.mjs";
import { options, tellReads } from "./scripts.mjs";

const LONGEST_BYTES = 16 * 2 ** 20;

export default async function test(file, reads, settings) {
  const asked = { listed: new Set(), maps: new Set() };
  const bundle = path.resolve(path.dirname(reads), `${path.parse(file).name}.mjs`);
  let result;
  try {
    const given = { ...options([file], JSON.parse(settings), [dialects(asked)]), minify: false, sourcemap: "inline", target: "node20" };
    result = await load("esbuild").build({ ...given, entryPoints: [file], outfile: bundle, format: "esm", platform: "node", packages: "external" });
  } catch (error) {
    throw esbuildFailure(error, file);
  }
  write(bundle, result.outputFiles[0].text);
  tellReads(reads, [file], result.metafile, asked);
  try {
    const words = ["--enable-source-maps", "--test", "--test-reporter=dot", bundle];
    await promisify(execFile)(process.execPath, words, { maxBuffer: LONGEST_BYTES });
  } catch (error) {
    if (error.stdout === undefined) throw error;
    throw new Failure(`${error.stdout}${error.stderr}`.replaceAll(`${process.cwd()}${path.sep}`, "").trimEnd());
  }
}
