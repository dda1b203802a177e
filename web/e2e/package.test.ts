// The client as an npm package, installed into a project that has nothing else.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server as Listener } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { TestClient } from "../client/test-client.ts";
import { launch, Visitor } from "./browser.ts";
import { freePort, patience, Server, until } from "./server.ts";

const modules = resolve("node_modules");
const project = mkdtempSync(join(tmpdir(), "snug-package-"));
const installed = join(project, "node_modules/snug-client");
let site: Listener;
let origin: string;
let server: Server;
before(async () => {
  origin = `http://127.0.0.1:${await freePort()}`;
  const tarball = execFileSync("client/pack.sh", [project, "1.2.3"], { encoding: "utf8" }).trim();
  writeFileSync(join(project, "package.json"), '{"private": true, "type": "module"}');
  execFileSync("npm", ["install", `./${tarball}`, "--offline", "--no-audit", "--no-fund", "--silent"], { cwd: project });
  site = createServer((request, response) => {
    if (request.url === "/") response.setHeader("Content-Type", "text/html");
    else response.setHeader("Content-Type", "text/javascript");
    response.end(request.url === "/" ? '<!doctype html><link rel="icon" href="data:,">' : readFileSync(join(installed, request.url!)));
  });
  await new Promise<void>((listens) => site.listen(Number(new URL(origin).port), "127.0.0.1", listens));
  server = await Server.start(`--origins=${origin}`);
});
after(async () => {
  site.closeAllConnections();
  site.close();
  await server.remove();
  rmSync(project, { recursive: true });
});

/** The README's examples, which join the test's server. */
function examples(): string[] {
  const readme = readFileSync(join(installed, "README.md"), "utf8");
  return [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!.replace("ws://localhost:8080/ws", server.ws));
}

/** Runs a module in the project until the test ends. It returns what the module has printed so far. */
function run(t: TestContext, name: string, code: string): () => string {
  writeFileSync(join(project, name), code);
  const child = spawn(process.execPath, [name], { cwd: project });
  t.after(() => child.kill());
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (printed += data));
  return () => printed;
}

/** What the compiler says of a module of the project. */
function check(name: string, module: "nodenext" | "esnext", code: string): string {
  const dir = join(project, module);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, name), code);
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({
    compilerOptions: {
      module, moduleResolution: module === "esnext" ? "bundler" : module, target: "es2022", strict: true, exactOptionalPropertyTypes: true, noEmit: true,
      lib: module === "esnext" ? ["es2023", "dom"] : ["es2023"],
      typeRoots: [join(modules, "@types")], types: module === "esnext" ? [] : ["node"], paths: { ws: [join(modules, "@types/ws")] },
    },
    files: [name],
  }));
  const tsc = spawnSync(process.execPath, [join(modules, "typescript/bin/tsc"), "-p", dir], { encoding: "utf8" });
  return tsc.stdout + tsc.stderr;
}

describe("the client's package", () => {
  it("has its licence, its version and no dependencies", () => {
    const about = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    assert.deepEqual([about.version, about.dependencies], ["1.2.3", undefined]);
    assert.deepEqual(readdirSync(join(project, "node_modules")).filter((n) => !n.startsWith(".")), ["snug-client"]);
    assert.equal(readFileSync(join(installed, "LICENSE"), "utf8"), readFileSync("../LICENSE", "utf8"));
  });

  for (const module of ["nodenext", "esnext"] as const)
    it(`has types for modules of the kind ${module}`, () => {
      const sockets = module === "nodenext" ? 'import { WebSocket } from "ws";' : "";
      const program = `${sockets}
        import { Client, CommandError, type ClientEvent, type LogEvent, type Sockets } from "snug-client";
        const sockets: Sockets = WebSocket;
        const said: LogEvent[] = [];
        const listener = (e: ClientEvent): void => { if (e.is === "log") said.push(e.event); };
        const client = new Client({ url: "ws://localhost/ws", room: "r", nick: "ann", sockets, listener });
        const id: string | undefined = client.send("hello")?.id;
        await client.perform({ type: "set", topic: "tea" }).catch((e: unknown) => e instanceof CommandError && e.code);
        const seqs: number[] = (await client.history({ limit: 3 })).events.map((e) => e.seq);
        export { id, seqs };`;
      assert.equal(check("right.ts", module, program), "");
      const wrong = check("wrong.ts", module, program.replace('topic: "tea"', "topic: 1").replace("nick: ", "nickname: "));
      assert.equal(wrong.match(/error TS/g)?.length, 2, wrong);
    });

  it("runs as its README says", async (t) => {
    const [bot, clerk] = examples();
    const printed = run(t, "bot.mjs", bot!);
    await until("the bot is ready", () => printed() === "bot: ready\n");
    const ann = new TestClient(t, server.ws, "ops");
    await ann.open();
    ann.client.send("ping");
    await until("the bot answers", () => ann.said.includes("pong"));

    for (const times of [1, 2]) {
      writeFileSync(join(project, "clerk.mjs"), clerk!);
      execFileSync(process.execPath, ["clerk.mjs"], { cwd: project, timeout: patience });
      await until("the clerk is heard", () => ann.said.filter((m) => m === "the backup is done").length === times);
    }
    const members = ann.messages.filter((e) => e.from.nick === "clerk").map((e) => e.from.member);
    assert.equal(new Set(members).size, 1, "the clerk is the same member");
  });

  it("uses a WebSocket class that it is given, and HTTP where there is none", async (t) => {
    const program = (prepare: string, options: string): string => `
      import { Client } from "snug-client";
      import { WebSocket } from ${JSON.stringify(`file://${join(modules, "ws/wrapper.mjs")}`)};
      ${prepare}
      const client = new Client({ url: "${server.ws}", room: "sockets", nick: "ann", ${options} listener: (e) => {
        if (e.is === "outbox" && e.pending.length === 0) { console.log(client.transport); client.close(); }
      } });
      client.send("hello");`;
    const given = run(t, "given.mjs", program("", "sockets: WebSocket,"));
    await until("it has used the class", () => given() === "websocket\n");
    const none = run(t, "none.mjs", program("delete globalThis.WebSocket;", ""));
    await until("it has used HTTP", () => none() === "http\n");
  });

  it("is a module of a page of another origin", async (t) => {
    const browser = await launch();
    t.after(() => browser.close());
    const visitor = await Visitor.open(t, browser, `${origin}/`, {}, new URL(server.url).host);
    const said = await visitor.page.evaluate(async ([module, url]) => {
      const { Client } = (await import(module!)) as typeof import("../client.ts");
      return new Promise<string>((said) => {
        const client = new Client({
          url: url!, room: "page", nick: "ann", listener: (e) => {
            if (e.is !== "log" || e.event.type !== "message") return;
            client.close();
            said(`${e.event.from.nick} by ${client.transport}: ${e.event.content}`);
          },
        });
        client.send("from a page");
      });
    }, [`${origin}/client.js`, server.ws]);
    assert.equal(said, "ann by websocket: from a page");
  });
});
