// Checks one script by the rules of the project: FILE
import { Failure, load, told } from "./common.mjs";

let linter;

export default async function check(file) {
  linter ??= new (load("eslint").ESLint)({ cwd: process.cwd() });
  const [result] = await linter.lintFiles([file]);
  const lines = (result?.messages ?? []).map(({ line, column, message, ruleId }) => told(file, line, column, `${message.replace(/\.$/, "")}${ruleId ? ` (${ruleId})` : ""}`));
  if (lines.length) throw new Failure(lines.join("\n"));
}
