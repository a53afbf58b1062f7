import type { FastifyInstance } from "fastify";
import { OPEN } from "./documents.ts";

/**
 * Where one-time links lead: the token stands behind `#`, so that no server and no proxy ever has it
 * in an address.
 */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice</title>
<script type="module" src="/link.js"></script>
</head>
<body>
<h1>Sluice</h1>
<p id="said" role="status">This is a Sluice server. <a href="/api/docs">Its interface</a></p>
<form id="form" hidden>
<p id="name-row"><label>Name <input id="name" autocomplete="username" maxlength="120"></label></p>
<p id="unix-row"><label>Unix user on clusters, if any
<input id="unix" autocomplete="off" maxlength="32"></label></p>
<p><label>New password, 12 characters or more
<input id="password" type="password" autocomplete="new-password" minlength="12" required></label></p>
<p><button>Set the password</button></p>
</form>
</body>
</html>
`;

const SCRIPT = `const [, token] = /^#\\/\\w+\\/([\\w-]+)$/.exec(location.hash) ?? [];
const part = (id) => document.getElementById(id);
const say = (text) => { part("said").textContent = text; };

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const said = await answer.json();
  if (answer.ok) return said;
  const parts = (said.errors ?? []).map(({ message }) => message);
  const sentences = [said.detail, ...parts, said.hint].filter(Boolean);
  throw new Error(sentences.map((text) => text[0].toUpperCase() + text.slice(1)).join(". "));
}

async function begin() {
  const link = await post("/api/v1/session/link/show", { token });
  const isFirst = link.purpose === "first";
  part("name-row").hidden = part("unix-row").hidden = !isFirst;
  part("name").required = isFirst;
  say(isFirst ? "Who is this site's first administrator?" : "Welcome, " + link.name + ".");
  part("form").hidden = false;
  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = isFirst ? { name: part("name").value } : {};
    const unix = isFirst && part("unix").value !== "" ? { unixUser: part("unix").value } : {};
    post("/api/v1/session/link", { token, password: part("password").value, ...first, ...unix }).then(
      (me) => {
        part("form").hidden = true;
        history.replaceState(null, "", "/");
        say("You are signed in as " + me.name + ".");
      },
      (error) => say(error.message),
    );
  });
}

if (token !== undefined) begin().catch((error) => say(error.message));
`;

/** A page without looks: it has a password set, and that is all. */
export function serveLinkPage(app: FastifyInstance): void {
  app.get("/", OPEN, (_request, reply) => reply.type("text/html; charset=utf-8").send(PAGE));
  app.get("/link.js", OPEN, (_request, reply) =>
    reply.type("text/javascript; charset=utf-8").header("cache-control", "no-cache").send(SCRIPT),
  );
}
