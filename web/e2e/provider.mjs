// A real OpenID Connect provider for tests: node e2e/provider.mjs '{"callbacks": ["http://127.0.0.1:8080/v1/session/oidc/test/callback"]}'
//
// Says where it is as one line of JSON. Anybody may sign in with any password; what it says about them is in `accounts`,
// by the name that they type. A line `rotate` on its input gives it new keys, as providers do from time to time.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import { Provider } from "oidc-provider";

const { port = 0, callbacks = [], goodbyes = [], accounts = {} } = JSON.parse(process.argv[2] ?? "{}");

/** Who signed in with which name, by what clients know them by. */
const logins = new Map();

const subjectOf = (login) => accounts[login]?.sub ?? `sub-${login}`;

/** What is said about somebody: `unverified@…` has an address that nobody has looked at. */
const claimsOf = (sub) => {
  const login = logins.get(sub) ?? "";
  const usual = { email: login, email_verified: !login.startsWith("unverified"), name: login.split("@")[0], groups: [] };
  return { ...usual, ...accounts[login], sub };
};

const signingKey = () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
};

const make = (issuer) =>
  new Provider(issuer, {
    clients: [
      {
        client_id: "branchline",
        client_secret: "branchline-secret",
        redirect_uris: callbacks,
        post_logout_redirect_uris: goodbyes,
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    scopes: ["openid", "email", "profile", "groups"],
    pkce: { required: () => true },
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomUUID()] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => claimsOf(id) }),
    // Nobody is asked whether the client may know who they are.
    async loadExistingGrant({ oidc }) {
      const known = oidc.session.grantIdFor(oidc.client.clientId);
      if (known) return oidc.provider.Grant.find(known);
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid email profile groups");
      await grant.save();
      return grant;
    },
  });

const PAGE = `<!doctype html><title>Sign in</title><main><h1>Sign in</h1>
  <form method="post" action="">
    <label>Login <input name="login" autocomplete="off"></label>
    <label>Password <input name="password" type="password"></label>
    <button>Continue</button>
    <button name="cancel" value="yes">Cancel</button>
  </form></main>`;

/** The page on which people sign in; anything else is the provider's own. */
const pages = (provider) => async (request, response) => {
  if (!request.url.startsWith("/interaction/")) return provider.callback()(request, response);
  if (request.method !== "POST") return response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
  let body = "";
  for await (const part of request) body += part;
  const sent = new URLSearchParams(body);
  if (sent.has("cancel")) return provider.interactionFinished(request, response, { error: "access_denied", error_description: "cancelled" });
  const login = sent.get("login") ?? "";
  logins.set(subjectOf(login), login);
  await provider.interactionFinished(request, response, { login: { accountId: subjectOf(login) } });
};

/** Whoever started it reads lines of JSON. */
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

let answer = (_, response) => response.writeHead(503).end();
const server = createServer((request, response) => answer(request, response));
server.listen(port, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  answer = pages(make(issuer));
  say({ issuer });
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      if (line !== "rotate") return;
      answer = pages(make(issuer));
      say({ rotated: true });
    })
    // Whoever started it is gone.
    .on("close", () => process.exit(0));
});
