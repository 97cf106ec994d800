// An HL7 v2 engine over MLLP and TLS. Arguments: key, certificate, authority
// of the clients (PEM files). It prints its port, then one line of JSON for each message.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Server } from 'node-hl7-server';

const [key, cert, ca] = process.argv.slice(2, 5).map((f) => readFileSync(f));
const probe = createServer();
await new Promise((ok) => probe.listen(0, '127.0.0.1', ok));
const port = probe.address().port;
await new Promise((ok) => probe.close(ok));
const server = new Server({ bindAddress: '127.0.0.1', tls: { key, cert, ca, requestCert: true, rejectUnauthorized: true } });
// The engine keeps what a connection has sent and takes all of it apart again
// with each message that follows; what it had before is passed over.
const seen = [];
let before = 0;
const inbound = server.createInbound({ port }, async (req, res) => {
  if (before > 0) {
    before--;
    return;
  }
  const m = req.getMessage();
  const text = (path) => {
    try {
      return m.get(path).toString();
    } catch {
      return '';
    }
  };
  const family = text('PID.5.1');
  const answer = family === 'REJECT' ? 'AR' : family === 'ERROR' ? 'AE' : 'AA';
  console.log(JSON.stringify({ control: text('MSH.10'), event: text('MSH.9.2'), charset: text('MSH.18'), number: text('PID.3.1'), family,
    unique: text('TXA.12.1'), parent: text('TXA.13.1'), kind: text('OBX.2'), data: text('OBX.5.5'), reference: text('OBX.5.1'), answer }));
  await res.sendResponse(answer);
});
inbound.on('data.raw', (raw) => {
  const earlier = seen.filter((r) => r.length < raw.length && raw.startsWith(r)).sort((a, b) => b.length - a.length)[0] ?? '';
  before = (earlier.match(/(^|[\r\n])MSH\|/g) ?? []).length;
  seen.push(raw);
});
inbound.on('error', () => {});
inbound.on('listen', () => console.log(JSON.stringify({ port })));
