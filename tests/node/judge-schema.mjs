// Asks others what they think of the schema. `node judge-schema.mjs <folder for what they write>`; it fails if one
// of them has something to say.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import relay from "relay-compiler";
import { ESLint } from "eslint";
import { buildSchema, parse, printSchema, validate, validateSchema } from "graphql";

const here = import.meta.dirname;
const out = process.argv[2];
if (!out) throw new Error("say where to write: node judge-schema.mjs <folder>");
const file = join(here, "../../graphql/schema.graphql");
const text = readFileSync(file, "utf8");

// graphql-js: it is a schema, and the operations fit it.
const schema = buildSchema(text);
const complaints = validateSchema(schema);
const document = parse(readFileSync(join(here, "operations.graphql"), "utf8"));
complaints.push(...validate(schema, document));
if (complaints.length) throw new Error(complaints.join("\n"));
console.log("graphql-js: accepted");

// graphql-codegen: types of the schema and of operations, which TypeScript takes.
mkdirSync(out, { recursive: true });
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const scalars = { DateTime: "string", Decimal: "string", JSON: "unknown", Position: "string", UUID: "string" };
for (const [filename, plugin] of Object.entries({ "types.ts": typescript, "operations.ts": operations })) {
  const types = await codegen({
    filename,
    schema: parse(printSchema(schema)),
    schemaAst: schema,
    documents: [{ location: "operations.graphql", document }],
    config: { strictScalars: true, scalars },
    plugins: [{ plugin: {} }],
    pluginMap: { plugin },
  });
  const path = join(out, filename);
  writeFileSync(path, types);
  execFileSync(process.execPath, [tsc, "--strict", "--noEmit", "--skipLibCheck", path], { stdio: "inherit" });
}
console.log("graphql-codegen: accepted");

// relay-compiler: an app with a paginated list, a refetchable fragment and a mutation compiles.
const app = join(out, "relay");
mkdirSync(join(app, "src/__generated__"), { recursive: true });
copyFileSync(file, join(app, "schema.graphql"));
copyFileSync(join(here, "relay/App.js"), join(app, "src/App.js"));
writeFileSync(join(app, "package.json"), "{}");
const config = {
  root: ".",
  sources: { src: "app" },
  projects: { app: { schema: "schema.graphql", language: "typescript", output: "src/__generated__" } },
};
writeFileSync(join(app, "relay.config.json"), JSON.stringify(config));
execFileSync(relay, ["relay.config.json"], { cwd: app, stdio: "inherit" });
console.log("relay-compiler: accepted");

// graphql-eslint: nothing that eslint.config.mjs does not explain.
const lint = new ESLint({ cwd: here });
const copy = join(here, "schema.graphql");
const found = await lint.lintText(text, { filePath: copy });
const messages = found.flatMap(({ messages }) => messages);
for (const { ruleId, line, message } of messages) console.error(`${dirname(file)}:${line} ${ruleId}: ${message}`);
if (messages.length) process.exit(1);
console.log("graphql-eslint: nothing to explain");
console.log(JSON.stringify({ accepted: ["graphql-js", "graphql-codegen", "relay-compiler", "graphql-eslint"] }));
