// Checks every GraphQL document of the page against the server's schema: a field that was renamed there
// fails here, not in a browser. `node dev/check-operations.mjs [schema file]`
import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';

const file = (path) => new URL(path, import.meta.url);
const server = file('../../../graphql/schema.graphql');
const schemaFile = process.argv[2] ?? (existsSync(server) ? server : file('schema.graphql'));
const schema = buildSchema(readFileSync(schemaFile, 'utf8'));

let documents = 0;
let faults = 0;
for (const source of ['../src/api/operations.ts', '../src/graphiql/examples.ts']) {
  const text = readFileSync(file(source), 'utf8');
  for (const [, name, document] of text.matchAll(/const (\w+) = `((?:[^`\\]|\\.)*)`/g)) {
    documents += 1;
    for (const error of validate(schema, parse(document.replaceAll('\\`', '`')))) {
      faults += 1;
      console.error(`${source} ${name}: ${error.message}`);
    }
  }
}
console.log(`${documents} documents, ${faults} faults, against ${schemaFile.pathname ?? schemaFile}`);
// The pattern above must go on finding them.
process.exit(faults > 0 || documents < 20 ? 1 : 0);
