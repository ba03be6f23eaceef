// What Trino's own grammar says of SQL: statements on standard input as a list in JSON, and for each
// what is wrong with it on standard output.
//
//     node trino_grammar.mjs FOLDER
//
// FOLDER is that of the package dt-sql-parser. It is written for bundlers, which find files whose
// names lack an ending; here a hook does.
import fs from "node:fs";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const ENDINGS = ["", ".js", "/index.js"];

registerHooks({
  resolve(name, context, next) {
    for (const ending of ENDINGS) {
      try {
        return next(name + ending, context);
      } catch (error) {
        if (ending === ENDINGS.at(-1)) throw error;
      }
    }
  },
});

const parser = `${process.argv[2]}/dist/parser/trino/index.js`;
const { TrinoSQL } = await import(pathToFileURL(parser));
const trino = new TrinoSQL();
const problems = JSON.parse(fs.readFileSync(0, "utf8")).map((sql) =>
  trino.validate(sql).map(({ startLine, startColumn, message }) => `${startLine}:${startColumn} ${message}`),
);
console.log(JSON.stringify(problems));
