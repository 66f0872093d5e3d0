// What both ways to bundle scripts share: the options of esbuild, and what was read.
import { existsSync } from "node:fs";
import { above, isPackaged, naming, writeReads } from "./common.mjs";
import { linked } from "./linked.mjs";
import { nearer } from "./nearer.mjs";

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

// What esbuild warns of, and what cannot work: a classic script has no `import.meta`. Packages ask whether there is one.
export function failOnMistakes({ warnings }) {
  const errors = warnings.filter(({ id, location }) => id === "empty-import-meta" && location && !isPackaged(naming()(location.file)));
  if (errors.length) throw Object.assign(new Error(), { errors });
}

// Says what esbuild read: its inputs, the settings next to them, the folders that were listed, and where a package could come to be found first.
export function tellReads(reads, sources, metafile, { listed, maps }) {
  const named = naming();
  const inputs = Object.keys(metafile.inputs).filter((name) => !name.startsWith("<") && existsSync(name));
  const settings = [...above("package.json", inputs.map(named)), ...above("tsconfig.json", sources)].filter((name) => !name.startsWith("../"));
  const isThere = (name) => existsSync(name);
  const { files, folders } = nearer(metafile);
  const absent = settings.filter((name) => !isThere(name) && !isPackaged(name));
  writeReads(reads, inputs, { exact: [...settings.filter(isThere), ...linked(metafile)], absent: [...absent, ...files, ...maps], folders: [...listed, ...folders] });
}
