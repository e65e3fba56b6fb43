// Every audit of GraphQL over HTTP that there is, against the server that the first argument names.
// Prints one line of JSON: each audit's id, name and status.
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
const results = [];
for (const audit of serverAudits({ url })) {
  const { id, name, status, reason } = await audit.fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
