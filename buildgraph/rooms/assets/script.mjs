// Bundles one classic script: SOURCE OUTPUT MAP READS SETTINGS
import { readFileSync } from "node:fs";
import path from "node:path";
import { digest, esbuildFailure, hashed, load, naming, write } from "./common.mjs";
import { dialects } from "./dialects.mjs";
import { sourceMap } from "./maps.mjs";
import { failOnMistakes, options, tellReads } from "./scripts.mjs";

export default async function bundle(source, output, map, reads, settings) {
  const given = JSON.parse(settings);
  const asked = { listed: new Set(), maps: new Set() };
  let result;
  try {
    const plugins = [modulesApart(given), dialects(asked)];
    result = await load("esbuild").build({ ...options([source], given, plugins), entryPoints: [source], outfile: output, format: "iife" });
    failOnMistakes(result);
  } catch (error) {
    throw esbuildFailure(error, source);
  }
  const [code, mapText] = [/\.js$/, /\.map$/].map((end) => result.outputFiles.find((file) => end.test(file.path)).text);
  const parsed = sourceMap(JSON.parse(mapText), path.dirname(output));
  // Each language's script begins with a line of its own; the map counts that line, and is one for all of them.
  const mapped = JSON.stringify(given.is_linked ? { ...parsed, mappings: `;${parsed.mappings}` } : parsed) + "\n";
  write(map, mapped);
  write(output, `${code}//# sourceMappingURL=${path.posix.basename(hashed(`${given.name}.map`, digest(mapped)))}\n`);
  tellReads(reads, [source], result.metafile, asked);
}

// A module that is published on its own is imported when the script asks for it, under the name that says its content.
function modulesApart({ name, modules, names }) {
  const named = naming();
  return {
    name: "modules-apart",
    setup(build) {
      if (!Object.keys(modules).length) return;
      const published = JSON.parse(readFileSync(names, "utf8"));
      build.onResolve({ filter: /.*/ }, async (args) => {
        if (args.kind !== "dynamic-import" || args.pluginData === modules) return undefined;
        const { kind, importer, namespace, resolveDir } = args;
        const found = await build.resolve(args.path, { kind, importer, namespace, resolveDir, pluginData: modules });
        const module = !found.errors.length && modules[named(found.path)];
        if (!module) return found.errors.length ? undefined : found;
        const target = path.posix.relative(path.posix.dirname(name), published[module]);
        return { path: target.startsWith(".") ? target : `./${target}`, external: true };
      });
    },
  };
}
