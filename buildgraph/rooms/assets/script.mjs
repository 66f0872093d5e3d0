// Bundles one JavaScript entry: script.mjs SOURCE OUTPUT MAP READS SETTINGS
import path from "node:path";
import { above, load, ownNames, told, write, writeReads } from "./common.mjs";

const [source, output, map, reads, settings] = process.argv.slice(2);
const { aliases, defines, injected, loaders } = JSON.parse(settings);
const esbuild = load("esbuild");
// esbuild would look for a tsconfig.json above the checkout, too, and says of none that it was read.
const [tsconfig] = above("tsconfig.json", [source]);

try {
  const result = await esbuild.build({
    entryPoints: [source],
    outfile: output,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
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
  });
  const [code, sourceMap] = [/\.js$/, /\.map$/].map((end) => result.outputFiles.find((file) => end.test(file.path)).text);
  // The staging folder must not show in the map: sources are named from the checkout.
  const parsed = JSON.parse(sourceMap);
  parsed.sources = parsed.sources.map((name) => path.relative(process.cwd(), path.resolve(path.dirname(output), name)).split(path.sep).join("/"));
  write(output, `${code}//# sourceMappingURL=${path.basename(map)}\n`);
  write(map, JSON.stringify(parsed) + "\n");
  const inputs = Object.keys(result.metafile.inputs).map((name) => path.resolve(name));
  writeReads(reads, inputs, [...above("package.json", ownNames(inputs)), ...(tsconfig ? [tsconfig] : [])]);
} catch (error) {
  if (!error.errors?.length) throw error;
  for (const { location, text } of error.errors) {
    const message = text.replace(/\.$/, "");
    console.error(location ? told(location.file, location.line, location.column + 1, message) : told(source, 0, 0, message));
  }
  process.exit(1);
}
