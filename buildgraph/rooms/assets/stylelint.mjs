// Checks one sheet by the rules of the project: FILE
import { Failure, load, told } from "./common.mjs";

export default async function check(file) {
  const stylelint = load("stylelint").default ?? load("stylelint");
  const { results } = await stylelint.lint({ files: [file], cwd: process.cwd(), cache: false });
  const lines = results.flatMap(({ warnings }) => warnings.map(({ line, column, text }) => told(file, line, column, text.replace(/\.$/, ""))));
  if (lines.length) throw new Failure(lines.join("\n"));
}
