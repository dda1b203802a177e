// What a client does where WebSockets don't get through. That it keeps its promises over
// HTTP, too, is in client.test.ts and moderate.test.ts.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Network, type Obstacle } from "../e2e/network.ts";
import { Server, until } from "../e2e/server.ts";
import { TestClient } from "./test-client.ts";

let server: Server;
before(async () => {
  server = await Server.start("--limits=off");
});
after(() => server.remove());

/** Node 18 mocks timers otherwise. */
const skip = Number(process.versions.node.split(".")[0]) < 20 && "NOT TESTED: timeouts over HTTP: they need Node.js 20";

/** How often the client had no connection. */
const losses = (c: TestClient) => c.events.filter((e) => e.is === "state" && e.state.is === "waiting").length;

/** Lets the time pass for clients, while they hear from each other. */
async function pass(tick: (ms: number) => void, ms: number, speaker: TestClient, listener: TestClient): Promise<void> {
  const step = 10_000; // they ask after silence
  for (let i = 0; i < ms; i += step) {
    tick(step);
    const { length } = listener.messages;
    speaker.client.send(`at ${i}`);
    await until("it is settled", () => listener.messages.length > length && speaker.pending.length === 0);
  }
}

describe("a client whose WebSockets are", () => {
  for (const obstacle of [400, 403, 502, "stripped", "swallowed"] satisfies Obstacle[]) {
    it(`${typeof obstacle === "number" ? `answered with ${obstacle}` : obstacle} uses HTTP, and loses, doubles and reorders nothing`, async (t) => {
      const network = await Network.to(t, server);
      network.obstacle = obstacle;
      const ann = new TestClient(t, network.ws, `${obstacle}`);
      const bob = new TestClient(t, server.ws, `${obstacle}`, { nick: "bob" });
      await Promise.all([ann.open(), bob.open()]);
      assert.deepEqual([ann.client.transport, bob.client.transport], ["http", "websocket"]);
      assert.equal(losses(ann), 0, "nobody is told of a loss where there was none");
      const tried = network.handshakes;
      for (let i = 0; i < 10; i++) {
        ann.client.send(`ann ${i}`);
        bob.client.send(`bob ${i}`);
        if (i === 3) ann.cut();
        if (i === 6) await server.kill();
        if (i === 8) await server.start();
      }
      await until("all is settled", () => ann.pending.length === 0 && bob.pending.length === 0);
      await Promise.all([ann.heard(20), bob.heard(20)]);
      assert.deepEqual(
        ann.log.map((e) => e.seq),
        ann.log.map((_, i) => i + 1),
      );
      assert.deepEqual(ann.said, bob.said);
      for (const who of ["ann", "bob"])
        assert.deepEqual(
          ann.said.filter((m) => m.startsWith(who)),
          Array.from({ length: 10 }, (_, i) => `${who} ${i}`),
        );
      assert.equal(network.handshakes, tried, "what worked is used again");
    });
  }
});

describe("a client over HTTP", () => {
  it("waits for a server that is down, and then uses a WebSocket as before", async (t) => {
    const network = await Network.to(t, server);
    const ann = new TestClient(t, network.ws, "down");
    await ann.open();
    network.cut();
    for (let i = 0; i < 3; i++) {
      const before = losses(ann);
      await until("it has tried", () => losses(ann) > before);
      ann.client.join();
    }
    network.mend();
    await ann.open();
    assert.equal(ann.client.transport, "websocket");
  });

  it("begins with what worked for an earlier one, and goes back to a WebSocket if that fails", async (t) => {
    const network = await Network.to(t, server);
    const ann = new TestClient(t, network.ws, "earlier", { transport: "http" });
    await ann.open();
    assert.equal(network.handshakes, 0);
    const bob = new TestClient(t, network.ws, "earlier", {
      transport: "http",
      request: (url, init) => fetch(`${url}`.replace("/events", "/nothing"), init),
    });
    await bob.open();
    assert.equal(bob.client.transport, "websocket");
  });

  it("moves to a WebSocket once they get through, and stays in the room meanwhile", { skip }, async (t) => {
    const network = await Network.to(t, server);
    network.obstacle = 403;
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const tick = (ms: number) => t.mock.timers.tick(ms);
    const ann = new TestClient(t, network.ws, "later");
    const bob = new TestClient(t, server.ws, "later", { nick: "bob" });
    await Promise.all([ann.open(), bob.open()]);
    const tried = network.handshakes;
    await pass(tick, 180_000, bob, ann);
    await until("a WebSocket was tried", () => network.handshakes > tried);
    assert.equal(ann.client.transport, "http");

    network.obstacle = "swallowed";
    await pass(tick, 180_000, bob, ann);
    await until("another one was tried", () => network.handshakes > tried + 1);
    await pass(tick, 20_000, bob, ann);
    assert.equal(ann.client.transport, "http");

    network.obstacle = "late"; // the stream could be missed before she has joined again
    const [seen, welcomes] = [bob.events.length, ann.welcomes.length];
    ann.client.send("still by stream");
    const before = network.handshakes;
    for (let i = 0; i < 20 && network.handshakes === before; i++) await pass(tick, 10_000, bob, ann);
    await until("she uses it", () => ann.client.transport === "websocket");
    assert.equal(ann.welcomes.length, welcomes + 1);
    ann.client.send("by WebSocket");
    await until("all is heard", () => bob.said.at(-1) === "by WebSocket" && ann.pending.length === 0);
    assert.deepEqual(ann.said, bob.said);
    const presence = bob.events.slice(seen).filter((e) => e.is === "presence");
    assert.deepEqual(presence, [], "nobody sees her leave");
    assert.equal(losses(ann), 0);
  });

  it("lets nothing overtake a command that wasn't carried out, and fails one that never will be", async (t) => {
    const problem = (code: string) =>
      new Response(JSON.stringify({ title: "x", status: 503, detail: "later", code, retry_after_ms: 20 }), {
        status: 503,
        headers: { "Content-Type": "application/problem+json" },
      });
    const page = (status: number) => new Response("<h1>No</h1>", { status, headers: { "Content-Type": "text/html" } });
    const answers = new Map([
      ["unavailable", () => problem("unavailable")],
      ["too many", () => problem("too-many")],
      ["a proxy that fails", () => page(502)],
      ["a proxy that forbids", () => page(403)],
    ]);
    const ann = new TestClient(t, server.ws, "overtaken", {
      transport: "http",
      request: async (url, init) => {
        for (const [content, answer] of answers) {
          if (typeof init?.body !== "string" || !init.body.includes(`"content":"${content}"`)) continue;
          answers.delete(content); // once
          return answer();
        }
        return fetch(url, init);
      },
    });
    await ann.open();
    const all = [...answers.keys()];
    for (const content of all) {
      ann.client.send(content);
      ann.client.send(`after ${content}`);
    }
    await ann.heard(2 * all.length - 1);
    const arrived = all.flatMap((content) => [content, `after ${content}`]);
    assert.deepEqual(
      ann.said,
      arrived.filter((content) => content !== "a proxy that forbids"),
    );
    assert.deepEqual(
      ann.pending.map((m) => [m.content, m.failed?.code]),
      [["a proxy that forbids", "http-403"]],
    );
    ann.client.retry(ann.pending[0]!.id);
    await until("it is settled", () => ann.pending.length === 0);
  });

  it("asks below the path at which the page is", async (t) => {
    const asked: string[] = [];
    new TestClient(t, "wss://chat.example/below/ws", "a b", {
      transport: "http",
      request: (url) => {
        asked.push(`${url}`);
        return new Promise(() => {});
      },
    });
    await until("it asks", () => asked.length > 0);
    assert.deepEqual(asked, ["https://chat.example/below/r/a%20b/events"]);
  });

  it("notices a stream that has stalled", { skip }, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const ann = new TestClient(t, server.ws, "stalled", { transport: "http" });
    await ann.placed();
    server.pause();
    t.after(() => server.resume());
    t.mock.timers.tick(39_000);
    assert.equal(ann.client.state.is, "open");
    t.mock.timers.tick(1000);
    assert.equal(ann.client.state.is, "waiting");
    t.mock.timers.reset();
    server.resume();
    ann.client.join();
    await ann.open();
    assert.ok(ann.welcomes.at(-1)!.resumed);
  });
});
