// Checks every GraphQL document of the page against the server's schema: a field that was renamed there
// fails here, not in a browser. `node dev/check-operations.mjs [schema file]`
import { existsSync, readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { Kind, buildSchema, getVariableValues, parse, validate } from 'graphql';

const file = (path) => new URL(path, import.meta.url);
const server = file('../../../graphql/schema.graphql');
const schemaFile = process.argv[2] ?? (existsSync(server) ? server : file('schema.graphql'));
const schema = buildSchema(readFileSync(schemaFile, 'utf8'));

let faults = 0;
function fault(where, message) {
  faults += 1;
  console.error(`${where}: ${message}`);
}

function check(where, text) {
  const document = parse(text);
  for (const error of validate(schema, document)) fault(where, error.message);
  return document;
}

// The page's own operations, read out of the file.
const operations = readFileSync(file('../src/api/operations.ts'), 'utf8');
let documents = 0;
for (const [, name, document] of operations.matchAll(/const (\w+) = `((?:[^`\\]|\\.)*)`/g)) {
  documents += 1;
  check(`operations.ts ${name}`, document.replaceAll('\\`', '`'));
}
// The pattern above must go on finding them.
if (documents < 20) fault('operations.ts', `only ${documents} documents were found`);

// GraphiQL's tabs: also that the variables they come with fit each of their operations.
const { code } = transformSync(readFileSync(file('../src/graphiql/examples.ts'), 'utf8'), { loader: 'ts' });
const { EXAMPLES } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
const roots = new Set();
for (const [index, { query, variables }] of EXAMPLES.entries()) {
  for (const operation of check(`tab ${index + 1}`, query).definitions) {
    if (operation.kind !== Kind.OPERATION_DEFINITION || !operation.name) {
      fault(`tab ${index + 1}`, 'each definition is to be a named operation, so that one can be picked');
      continue;
    }
    const given = getVariableValues(schema, operation.variableDefinitions ?? [], JSON.parse(variables ?? '{}'));
    for (const error of given.errors ?? []) fault(`tab ${index + 1} ${operation.name.value}`, error.message);
    for (const { name } of operation.selectionSet.selections) roots.add(`${operation.operation} ${name.value}`);
  }
}
// Each area has its tab.
for (const root of [
  'mutation logIn',
  'mutation refreshSession',
  'query liveStreams',
  'query channel',
  'mutation startStream',
  'subscription chat',
  'mutation timeOutInChannel',
  'mutation sendTip',
  'query wallet',
  'query events',
  'subscription events',
  'query aggregateState',
]) {
  if (!roots.has(root)) fault('tabs', `none shows ${root}`);
}

console.log(`${documents} documents, ${EXAMPLES.length} tabs, ${faults} faults, against ${schemaFile.pathname ?? schemaFile}`);
process.exit(faults > 0 ? 1 : 0);
