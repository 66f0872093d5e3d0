// The generated project by gulp, as a Gulpfile of its time does it: one bundle, no languages, everything after every save.
import path from "node:path";
import { Transform } from "node:stream";
import { promisify } from "node:util";
import zlib from "node:zlib";
import cssnano from "cssnano";
import gulp from "gulp";
import postcss from "gulp-postcss";
import rev from "gulp-rev";
import rewrite from "gulp-rev-rewrite";
import gulpSass from "gulp-sass";
import rtlcss from "rtlcss";
import sassEmbedded from "sass-embedded";
import sharp from "sharp";
import { optimize } from "svgo";
import webpack from "webpack";
import webpackStream from "webpack-stream";

const sass = gulpSass(sassEmbedded);
const gzip = promisify(zlib.gzip);
const brotli = promisify(zlib.brotliCompress);

const each = (change) =>
  new Transform({
    objectMode: true,
    async transform(file, _, done) {
      try {
        for (const made of await change(file)) this.push(made);
        done();
      } catch (error) {
        done(error);
      }
    },
  });

function withContents(file, contents, name = file.path) {
  const other = file.clone({ contents: false });
  other.contents = Buffer.from(contents);
  other.path = name;
  return other;
}

function styles(sources, folder, more = []) {
  return () =>
    gulp
      .src(sources, { sourcemaps: true })
      .pipe(sass({ includePaths: ["node_modules"] }).on("error", sass.logError))
      .pipe(postcss([...more, cssnano]))
      .pipe(each(async (file) => [more.length ? withContents(file, file.contents, file.path.replace(/\.css$/, ".rtl.css")) : file]))
      .pipe(gulp.dest(folder, { sourcemaps: "." }));
}

function scripts(entry, name, folder) {
  const settings = { mode: "production", devtool: "source-map", entry: { [name]: entry }, output: { filename: "[name].js" }, performance: { hints: false } };
  return () => gulp.src(entry).pipe(webpackStream(settings, webpack, () => {})).pipe(gulp.dest(folder));
}

const images = () =>
  gulp
    .src("static/images/*", { encoding: false })
    .pipe(
      each(async (file) => {
        if (file.path.endsWith(".svg")) return [withContents(file, optimize(file.contents.toString(), { multipass: true }).data)];
        const smaller = await sharp(file.contents).webp({ quality: 90 }).toBuffer();
        return [file, withContents(file, smaller, file.path.replace(/\.png$/, ".webp"))];
      }),
    )
    .pipe(gulp.dest("gulp-build/images"));
const fonts = () => gulp.src("static/fonts/*", { encoding: false }).pipe(gulp.dest("gulp-build/fonts"));

function named(from, into) {
  return () =>
    gulp
      .src(`${from}/**/*`, { encoding: false })
      .pipe(rev())
      .pipe(rewrite())
      .pipe(gulp.dest(into))
      .pipe(rev.manifest({ path: path.join(into, "manifest.json"), base: into }))
      .pipe(gulp.dest(into));
}

function compressed(folder) {
  return () =>
    gulp
      .src(`${folder}/**/*`, { encoding: false })
      .pipe(
        each(async (file) => {
          if (file.isNull()) return [];
          const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 };
          const made = [withContents(file, await gzip(file.contents, { level: 9 }), `${file.path}.gz`), withContents(file, await brotli(file.contents, { params }), `${file.path}.br`)];
          return made.filter(({ contents }) => contents.length < file.contents.length);
        }),
      )
      .pipe(gulp.dest(folder));
}

const main = gulp.parallel(
  styles("static/sass/*.scss", "gulp-build/css"),
  styles("static/sass/site.scss", "gulp-build/css", [rtlcss()]),
  scripts("./static/js/site.js", "site", "gulp-build/js"),
  images,
  fonts,
  styles("admin/sass/*.scss", "gulp-admin-build/css"),
  scripts("./admin/js/admin.js", "admin", "gulp-admin-build/js"),
);
export const dist = gulp.series(main, named("gulp-build", "gulp-dist"), named("gulp-admin-build", "gulp-admin-dist"), compressed("gulp-dist"), compressed("gulp-admin-dist"));
