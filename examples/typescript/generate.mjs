// Writes src/generated.ts: a type for each operation of operations/, and the operation itself, which carries
// that type. `node generate.mjs` writes it; `node generate.mjs --check` fails if what is there is another.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { buildSchema, parse, printSchema } from "graphql";

const file = (path) => new URL(path, import.meta.url);
const output = file("src/generated.ts");
const schema = buildSchema(readFileSync(file("../../graphql/schema.graphql"), "utf8"));

const text = await codegen({
  filename: "src/generated.ts",
  schema: parse(printSchema(schema)),
  schemaAst: schema,
  documents: readdirSync(file("operations/"))
    .sort()
    .map((location) => ({ location, document: parse(readFileSync(file(`operations/${location}`), "utf8")) })),
  config: {
    // Positions and amounts are text: as numbers they would be rounded.
    scalars: { DateTime: "string", Decimal: "string", JSON: "unknown", Position: "string", UUID: "string" },
    strictScalars: true,
    useTypeImports: true,
    enumType: "string-literal",
  },
  plugins: [{ head: {} }, { typescriptOperations: {} }, { typedDocumentNode: {} }],
  pluginMap: {
    head: { plugin: () => "// Written by `npm run generate` out of the server's schema and operations/: do not edit." },
    typescriptOperations,
    typedDocumentNode,
  },
});

if (!process.argv.includes("--check")) {
  writeFileSync(output, text);
} else if (readFileSync(output, "utf8") !== text) {
  console.error("src/generated.ts is not what the schema and the operations come to: run `npm run generate`");
  process.exit(1);
}
