// The steps that node runs: worker.mjs STEP WORD…, or worker.mjs --worker, which serves requests, {"id", "words"}, a line of JSON each, until its
// input ends. What a request comes to is a line, too: {"id", "code", "said"}. A step loads its own libraries, so that a run pays for what it uses.
import { createInterface } from "node:readline";
import { Failure } from "./common.mjs";

const STEPS = {
  sass: () => import("./sass.mjs"),
  rtl: () => import("./rtl.mjs"),
  css: () => import("./css.mjs"),
  script: () => import("./script.mjs"),
  modules: () => import("./modules.mjs"),
  svg: () => import("./svg.mjs"),
  webp: () => import("./webp.mjs"),
  eslint: () => import("./eslint.mjs"),
  stylelint: () => import("./stylelint.mjs"),
  test: () => import("./test.mjs"),
};

async function done([step, ...words]) {
  try {
    await (await STEPS[step]()).default(...words);
    return { code: 0, said: "" };
  } catch (error) {
    return { code: 1, said: `${error instanceof Failure ? error.message : (error.stack ?? error)}\n` };
  }
}

const words = process.argv.slice(2);
if (words[0] === "--worker") {
  const answer = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr); // What a library prints is not an answer.
  const asked = new Set();
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, words } = JSON.parse(line);
    const request = done(words).then((result) => new Promise((written) => answer(JSON.stringify({ id, ...result }) + "\n", written)));
    asked.add(request);
    request.then(() => asked.delete(request));
  }
  await Promise.all(asked);
  process.exit(0); // The compilers that are kept warm would wait for more.
} else {
  const { code, said } = await done(words);
  process.stderr.write(said, () => process.exit(code));
}
