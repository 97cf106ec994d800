// Reads an OpenAPI description from standard input and prints what is wrong with it by the
// specification's own schema, in JSON: {"version": "3.1", "errors": []}.
import { Validator } from '@seriousme/openapi-schema-validator';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const validator = new Validator();
// It looks for nothing outside the description by itself: the schema of records stands beside it.
await validator.addSpecRef({ type: 'object' }, 'record.schema.json');
const result = await validator.validate(JSON.parse(text));
console.log(JSON.stringify({ version: validator.version, errors: result.errors ?? [] }));
