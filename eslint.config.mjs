// The rules for scripts; `doit lint` runs them.
import js from "@eslint/js";
import globals from "globals";

const rules = { ...js.configs.recommended.rules, eqeqeq: "error", "no-var": "error", "prefer-const": "error" };

export default [
  { files: ["static/js/**/*.js"], languageOptions: { globals: globals.browser }, rules },
  { files: ["**/*.mjs"], languageOptions: { globals: globals.node }, rules },
];
