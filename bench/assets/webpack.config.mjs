// The generated project by webpack, as a large application's configuration does it: a compiler for each language and one for the admin site.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import CompressionPlugin from "compression-webpack-plugin";
import CopyPlugin from "copy-webpack-plugin";
import CssMinimizerPlugin from "css-minimizer-webpack-plugin";
import gettext from "gettext-parser";
import ImageMinimizerPlugin from "image-minimizer-webpack-plugin";
import MiniCssExtractPlugin from "mini-css-extract-plugin";
import rtlcss from "rtlcss";
import webpack from "webpack";
import { WebpackManifestPlugin } from "webpack-manifest-plugin";
import RemoveEmptyScriptsPlugin from "webpack-remove-empty-scripts";

const languages = readdirSync("locale").filter((name) => name !== "en");

const compression = () => [
  new CompressionPlugin({ filename: "[path][base].gz", algorithm: "gzip", compressionOptions: { level: 9, memLevel: 9 }, minRatio: 1 }),
  new CompressionPlugin({ filename: "[path][base].br", algorithm: "brotliCompress", compressionOptions: { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }, minRatio: 1 }),
];

const styles = { test: /\.(scss|css)$/, use: [MiniCssExtractPlugin.loader, { loader: "css-loader", options: { sourceMap: true } }, { loader: "sass-loader", options: { sourceMap: true, implementation: "sass-embedded" } }] };
const files = [
  { test: /\.(woff2?)$/, type: "asset/resource", generator: { filename: "fonts/[name].[contenthash:8][ext]" } },
  { test: /\.(png|svg)$/, type: "asset/resource", generator: { filename: "images/[name].[contenthash:8][ext]" } },
];

const images = new ImageMinimizerPlugin({
  test: /\.(png|svg)$/i,
  minimizer: [{ implementation: ImageMinimizerPlugin.svgoMinify, filter: (_, name) => name.endsWith(".svg"), options: { encodeOptions: { multipass: true, plugins: ["preset-default"] } } }],
  generator: [{ type: "asset", implementation: ImageMinimizerPlugin.sharpGenerate, filter: (_, name) => name.endsWith(".png"), options: { encodeOptions: { webp: { quality: 90 } } } }],
});

const optimization = (more = []) => ({ minimize: true, minimizer: ["...", new CssMinimizerPlugin(), ...more] });
const seeds = { site: {}, admin: {} };
const manifest = (seed) => new WebpackManifestPlugin({ seed: seeds[seed], publicPath: "", filter: (file) => !/\.(gz|br)$/.test(file.path), map: (file) => ({ ...file, name: file.path.replace(/\.[0-9a-f]{8}(?=\.)/, "") }) });

function messages(code) {
  const { translations, headers } = gettext.po.parse(readFileSync(`locale/${code}/LC_MESSAGES/messages.po`));
  const used = Object.values(translations[""]).filter(({ comments }) => comments?.reference?.includes(".js"));
  const plural = /plural=(.*);/.exec(headers["Plural-Forms"] ?? headers["plural-forms"])[1];
  return `globalThis.TRANSLATIONS={messages:${JSON.stringify(Object.fromEntries(used.map(({ msgid, msgstr }) => [msgid, msgstr])))},plural:(n)=>Number(${plural})};`;
}

// A sheet from right to left; webpack's plugin for it knows no hash of its content, which its names have here.
class Mirrored {
  constructor(name) {
    this.name = name;
  }
  apply(compiler) {
    compiler.hooks.thisCompilation.tap("Mirrored", (compilation) => {
      const stage = webpack.Compilation.PROCESS_ASSETS_STAGE_OPTIMIZE_SIZE + 1;
      compilation.hooks.processAssets.tap({ name: "Mirrored", stage }, () => {
        const chunk = [...compilation.chunks].find(({ name }) => name === this.name);
        const file = [...chunk.files].find((each) => each.endsWith(".css"));
        const content = rtlcss.process(compilation.getAsset(file).source.source().toString());
        const digest = createHash("sha256").update(content).digest("hex").slice(0, 8);
        const name = `css/${this.name}.rtl.${digest}.css`;
        compilation.emitAsset(name, new webpack.sources.RawSource(content), { sourceFilename: `css/${this.name}.rtl.css` });
        chunk.files.add(name);
      });
    });
  }
}

const common = { mode: "production", devtool: "source-map", context: process.cwd(), performance: { hints: false } };
const output = (folder, suffix = "") => ({ filename: `js/[name]${suffix}.[contenthash:8].js`, chunkFilename: "js/[name].[chunkhash:8].js", path: path.resolve(folder) });

const site = {
  ...common,
  name: "site",
  entry: {
    "site.en": "./static/js/site.js",
    ...Object.fromEntries(["site", "noscript", "icons", "fonts", "fonts-title"].map((name) => [name, `./static/sass/${name}.scss`])),
  },
  output: { ...output("webpack-dist"), clean: true },
  module: { rules: [styles, ...files] },
  optimization: optimization([images]),
  plugins: [
    new RemoveEmptyScriptsPlugin(),
    new MiniCssExtractPlugin({ filename: "css/[name].[contenthash:8].css" }),
    new Mirrored("site"),
    new CopyPlugin({ patterns: [{ from: "static/images/*", to: "images/[name].[contenthash:8][ext]" }, { from: "static/fonts/*", to: "fonts/[name].[contenthash:8][ext]" }] }),
    ...compression(),
    manifest("site"),
  ],
};

const linked = languages.map((code) => ({
  ...common,
  name: code,
  dependencies: ["site"],
  entry: { site: "./static/js/site.js" },
  output: output("webpack-dist", `.${code}`),
  optimization: optimization(),
  plugins: [new webpack.BannerPlugin({ banner: messages(code), raw: true }), ...compression(), manifest("site")],
}));

const admin = {
  ...common,
  name: "admin",
  entry: { admin: ["./admin/js/admin.js", "./admin/sass/admin.scss"] },
  output: { ...output("webpack-admin-dist"), clean: true },
  module: { rules: [styles, ...files] },
  optimization: optimization(),
  plugins: [new MiniCssExtractPlugin({ filename: "css/[name].[contenthash:8].css" }), ...compression(), manifest("admin")],
};

export default [site, admin, ...linked];
