// An OpenID provider. Argument: the address at which a browser is to come back.
// It insists on PKCE, takes any password, and puts who signs in into the groups
// that the name begins with: "clerk-ann" is a clerk. It prints its port.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const server = createServer();
await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
const { port } = server.address();
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'postroom', client_secret: 'a secret of the test', redirect_uris: [process.argv[2]], response_types: ['code'], grant_types: ['authorization_code'] }],
  pkce: { required: () => true },
  cookies: { keys: ['a key of the test'] },
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Name of ${id}`, preferred_username: id, email: `${id}@practice.example`, email_verified: !id.includes('unverified'), groups: ['staff', id.split('-')[0]] }),
  }),
});
server.on('request', provider.callback());
console.log(JSON.stringify({ port }));
