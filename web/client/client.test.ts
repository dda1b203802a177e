import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import WebSocket from "ws";
import { Client, CommandError, duplicateSeqs, type Options, type Sockets, type Transport } from "../client.ts";
import { freePort, Server, until } from "../e2e/server.ts";
import { TestClient, transports } from "./test-client.ts";

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.remove());

/** A server's side of a connection, by hand. */
class Socket {
  static last: Socket;
  readonly OPEN = 1;
  readonly readyState = 1;
  readonly sent: Record<string, unknown>[] = [];
  onopen?: () => void;
  onmessage?: (e: { data: string }) => void;
  onclose?: (e: { code: number; reason: string }) => void;
  constructor() {
    Socket.last = this;
  }
  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as Record<string, unknown>);
  }
  says(event: object): void {
    this.onmessage!({ data: JSON.stringify(event) });
  }
  close(): void {}
}

const welcome = {
  type: "welcome",
  room: "r",
  epoch: "e",
  first: 1,
  head: 0,
  resumed: false,
  you: { member: "m1", nick: "ann", role: "member", seat: "s" },
  members: [],
  count: 1,
  settings: { topic: "", locked: false, password: false, slow_ms: 0 },
  limits: { content_chars: 4000, frame_bytes: 50_000, event_bytes: 500_000, message_rate: 10, retry_ms: 2000 },
};

/** A client that has just connected to no server. */
function alone(t: TestContext, options: Partial<Options> = {}): { client: Client; socket: Socket } {
  const client = new Client({
    url: "ws://nowhere/ws",
    room: "r",
    nick: "ann",
    sockets: Socket as unknown as Sockets,
    listener: () => {},
    ...options,
  });
  t.after(() => client.close());
  Socket.last.onopen!();
  return { client, socket: Socket.last };
}

/** Node 18 mocks timers otherwise. */
const clockCanBeSet = Number(process.versions.node.split(".")[0]) >= 20;

/** A client in the room of that name, which each transport has its own of. */
function client(t: TestContext, transport: Transport, room: string, options: Partial<Options> = {}): TestClient {
  return new TestClient(t, server.ws, `${room}-${transport}`, { transport, ...options });
}

for (const transport of transports)
  describe(`a client, by ${transport}`, () => {
    it("hears its own message, confirmed", async (t) => {
      const ann = client(t, transport, "own");
      ann.client.send("hello");
      await ann.heard(1);
      assert.deepEqual(ann.said, ["hello"]);
      assert.deepEqual(ann.pending, []);
    });

    it("says every message once, in order, whatever is cut", async (t) => {
      const ann = client(t, transport, "cuts");
      const bob = client(t, transport, "cuts", { nick: "bob" });
      await Promise.all([ann.open(), bob.open()]);
      const said: string[] = [];
      for (let i = 0; i < 40; i++) {
        said.push(`message ${i}`);
        ann.client.send(`message ${i}`);
        if (i % 10 === 5) (i % 20 === 5 ? ann : bob).cut();
        await until("it is on its way", () => ann.client.state.is !== "open" || ann.pending.length < 20);
      }
      await until("all is settled", () => ann.pending.length === 0, 30_000);
      await until("all is heard", () => bob.messages.length >= 40, 30_000);
      assert.deepEqual(ann.said, said);
      assert.deepEqual(bob.said, said);
      assert.deepEqual(
        bob.log.map((e) => e.seq),
        [...said, "and the claim"].map((_, i) => i + 1),
      );
    });

    it("goes on after kill -9, without a gap or a double", async (t) => {
      const ann = client(t, transport, "killed");
      const bob = client(t, transport, "killed", { nick: "bob" });
      await Promise.all([ann.placed(), bob.open()]);
      ann.client.send("before");
      await bob.heard(1);
      ann.client.send("in between");
      await server.kill();
      await until("the cut is noticed", () => ann.client.state.is === "waiting");
      ann.client.send("while it was away");
      await server.start();
      await until("all is settled", () => ann.pending.length === 0, 30_000);
      await until("all is heard", () => bob.messages.length >= 3, 30_000);
      assert.deepEqual(bob.said, ["before", "in between", "while it was away"]);
      assert.ok(ann.welcomes.at(-1)!.resumed);
    });

    it("sends again under the same id and seat from a new client, and it is there once", async (t) => {
      const ann = client(t, transport, "reload");
      await ann.open();
      const message = ann.client.send("once")!;
      await ann.heard(1);
      const seat = ann.welcomes[0]!.you.seat;
      ann.client.close();
      // As a page that was reloaded before it heard of its message.
      const again = client(t, transport, "reload", {
        seat,
        history: 1,
        outbox: [{ ...message, tried: Date.now(), after: 0 }],
      });
      await until("it is settled", () => again.events.some((e) => e.is === "outbox") && again.pending.length === 0);
      again.client.send("and on");
      await until("it is heard", () => again.said.includes("and on"));
      assert.deepEqual(again.said, ["once", "and on"]);
      assert.equal(again.welcomes[0]!.you.member, ann.welcomes[0]!.you.member);
    });

    it("doesn't send again what the server may have forgotten while the page was closed", async (t) => {
      const fast = await Server.start("--limits=off");
      t.after(() => fast.remove());
      const ann = new TestClient(t, fast.ws, "closed", { transport });
      await ann.open();
      const message = ann.client.send("once")!;
      await ann.heard(1);
      const { seat } = ann.welcomes[0]!.you;
      const { seq } = ann.messages[0]!;
      ann.client.close();
      const crowd = new WebSocket(`${fast.ws}?roomCode=closed`);
      let heard = 0;
      crowd.on("message", () => heard++);
      await new Promise((open) => crowd.once("open", open));
      for (let i = 0; i < duplicateSeqs; i++) crowd.send('{"Content":"and on"}');
      await until("the room has gone on", () => heard === duplicateSeqs, 60_000);
      crowd.terminate();
      const again = new TestClient(t, fast.ws, "closed", {
        transport,
        seat,
        history: 1,
        outbox: [{ ...message, tried: Date.now(), after: seq - 1 }],
      });
      await until("it is told", () => again.pending.length === 1 && again.pending[0]!.failed?.code === "too-old");
      assert.ok(!again.said.includes("once"));
    });

    it("keeps to the server's pace and loses nothing", async (t) => {
      const fast = await Server.start("--message-rate=50");
      t.after(() => fast.remove());
      const ann = new TestClient(t, fast.ws, "pace", { transport });
      for (let i = 0; i < 90; i++) ann.client.send(`${i}`);
      await until("all is settled", () => ann.messages.length === 90, 20_000);
      assert.deepEqual(
        ann.said,
        Array.from({ length: 90 }, (_, i) => `${i}`),
      );
      assert.equal(ann.welcomes.length, 1);
    });

    it("fails what the server refuses, and retries it under its id", async (t) => {
      const ann = client(t, transport, "refused");
      await ann.open();
      const message = ann.client.send("x".repeat(4001))!;
      await until("it has failed", () => ann.pending[0]?.failed !== undefined);
      assert.equal(ann.pending[0]!.failed!.code, "too-long");
      ann.client.send("short");
      await ann.heard(1);
      ann.client.retry(message.id);
      await until("it has failed again", () => ann.pending[0]?.failed !== undefined);
      assert.equal(ann.pending[0]!.id, message.id);
      ann.client.discard(message.id);
      assert.deepEqual(ann.pending, []);
    });

    it("fails a frame that is too large without losing the connection", async (t) => {
      const ann = client(t, transport, "large");
      await ann.open();
      ann.client.send("\u0001".repeat(60_000));
      await until("it has failed", () => ann.pending[0]?.failed?.code === "too-long");
      assert.equal(ann.welcomes.length, 1);
    });

    it("sends nothing by itself in another member's name where the room may have begun anew", async (t) => {
      const ann = client(t, transport, "lost-seat", {
        member: "another",
        outbox: [
          { id: "tried", content: "said?", at: 0, tried: Date.now(), after: 0 },
          { id: "new", content: "never said", at: 0 },
        ],
      });
      await until("both have failed", () => ann.pending.filter((m) => m.failed?.code === "seat-lost").length === 2);
      ann.client.retry("new");
      await ann.heard(1);
      assert.deepEqual(ann.said, ["never said"]);
    });

    it("takes another nick, or is told whose it is", async (t) => {
      const ann = client(t, transport, "nicks");
      const bob = client(t, transport, "nicks", { nick: "bob" });
      await Promise.all([ann.open(), bob.open()]);
      await assert.rejects(bob.client.rename("ann"), (e) => e instanceof CommandError && e.code === "nick-taken");
      await bob.client.rename("rob");
      await until("ann is told", () =>
        ann.events.some((e) => e.is === "presence" && e.event.type === "renamed" && e.event.nick === "rob"),
      );
    });

    it("reads pages of the log", async (t) => {
      const ann = client(t, transport, "pages");
      for (let i = 1; i <= 20; i++) ann.client.send(`${i}`);
      await ann.heard(20);
      const page = await ann.client.history({ before: ann.messages[10]!.seq, limit: 3 });
      assert.deepEqual([page.events.map((e) => e.content), page.more], [["8", "9", "10"], true]);
      await assert.rejects(
        ann.client.history({ limit: 1000 }),
        (e) => e instanceof CommandError && e.code === "bad-field",
      );
    });

    it("asks for another nick where the server refuses one", async (t) => {
      const ann = client(t, transport, "bad-nick", { nick: "\u200b" });
      await until("it is refused", () => ann.client.state.is === "refused");
      ann.client.join("ann");
      await ann.open();
    });

    it("comes back where it was told to wait, after a clean stop", async (t) => {
      const ann = client(t, transport, "drained");
      await ann.placed();
      const stopped = server.stop();
      await until("the goodbye is heard", () => ann.client.state.is === "waiting");
      await stopped;
      await server.start();
      await until("it is open again", () => ann.client.state.is === "open", 30_000);
      assert.ok(ann.welcomes.at(-1)!.resumed);
    });

    it("talks in a room of which nothing is kept any more", async (t) => {
      const operator = `127.0.0.1:${await freePort()}`;
      const forgetful = await Server.start(`--admin=${operator}`);
      t.after(() => forgetful.remove());
      const ann = new TestClient(t, forgetful.ws, "pruned", { transport });
      ann.client.send("soon gone");
      await ann.heard(1);
      ann.client.close();
      const pruned = await fetch(`http://${operator}/prune?keep=1ms&confirm=yes`, { method: "POST" });
      assert.ok(pruned.ok, await pruned.text());
      const bob = new TestClient(t, forgetful.ws, "pruned", { transport, nick: "bob" });
      await bob.open();
      assert.ok(bob.welcomes[0]!.first > bob.welcomes[0]!.head);
      assert.ok(bob.client.position);
      bob.client.send("is anybody here?");
      await bob.heard(1);
    });

    it("talks to a server that replays nothing", async (t) => {
      const silent = await Server.start("--history=0");
      t.after(() => silent.remove());
      const ann = new TestClient(t, silent.ws, "silent", { transport });
      ann.client.send("first");
      await ann.heard(1);
      const bob = new TestClient(t, silent.ws, "silent", { transport, nick: "bob" });
      await bob.open();
      bob.client.send("second");
      await bob.heard(1);
    });
  });

describe("a client that opens a WebSocket", () => {
  it("is told at once of a URL that is no server's", () => {
    for (const url of ["http://nowhere", "http://nowhere/ws", "ws://nowhere", "nowhere:8080/ws", "/ws"])
      assert.throws(() => new Client({ url, room: "r", nick: "ann", listener: () => {} }), TypeError, url);
  });

  it("says why a WebSocket didn't open", async (t) => {
    const ann = new TestClient(t, server.ws, "-no-code");
    await until("it has ended", () => ann.client.state.is === "ended");
    const { state } = ann.client;
    assert.ok(state.is === "ended" && state.why.message.includes("not a room code"), JSON.stringify(state));
  });

  it(
    "notices a server that has fallen silent",
    { skip: !clockCanBeSet && "NOT TESTED: timeouts of the page's client: they need Node.js 20" },
    async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const ann = new TestClient(t, server.ws, "silent");
      await ann.open();
      server.pause();
      t.after(() => server.resume());
      ann.client.send("into the void");
      t.mock.timers.tick(20_000); // it asks
      assert.equal(ann.client.state.is, "open");
      t.mock.timers.tick(10_000);
      assert.equal(ann.client.state.is, "waiting");
      t.mock.timers.reset();
      server.resume();
      ann.client.join();
      await until("it is settled", () => ann.said.includes("into the void"));
      assert.deepEqual(ann.said, ["into the void"]);
    },
  );

  it("shows a token that came between its join and the welcome", (t) => {
    const { client, socket } = alone(t, { token: "old" });
    client.authorize("fresh");
    socket.says(welcome);
    assert.deepEqual(
      socket.sent.map(({ type, token }) => [type, token]),
      [
        ["ping", undefined],
        ["join", "old"],
        ["auth", "fresh"],
      ],
    );
  });

  it("joins again if its token is refused when there is another", (t) => {
    const { client, socket } = alone(t, { token: "old" });
    const refused = { type: "error", code: "bad-token", message: "the token has expired" };
    client.authorize("fresh");
    socket.says(refused);
    assert.equal(client.state.is, "connecting");
    const next = Socket.last;
    assert.notEqual(next, socket);
    next.onopen!();
    assert.deepEqual(
      next.sent.filter(({ type }) => type === "join").map(({ token }) => token),
      ["fresh"],
    );
    next.says(refused);
    assert.equal(client.state.is, "ended");
  });

  it("comes back if its connection ends with its token when there is another", (t) => {
    const { client, socket } = alone(t, { token: "old" });
    socket.says(welcome);
    client.authorize("fresh"); // which the server doesn't read any more
    socket.onclose!({ code: 4401, reason: "expired" });
    assert.equal(client.state.is, "waiting");
    client.join();
    Socket.last.onopen!();
    Socket.last.says(welcome);
    Socket.last.onclose!({ code: 4401, reason: "expired" });
    assert.equal(client.state.is, "ended");
  });

  it("has its new nick also if only members tell it", async (t) => {
    const { client, socket } = alone(t);
    socket.says(welcome);
    const renamed = client.rename("eve");
    socket.says({ type: "members", members: [{ member: "m1", nick: "eve", role: "member" }], count: 1 });
    await renamed;
  });
});
