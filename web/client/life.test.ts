import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { WebSocketServer } from "ws";
import { CommandError, type Options, type Transport } from "../client.ts";
import { Server, until } from "../e2e/server.ts";
import { TestClient, transports } from "./test-client.ts";

let server: Server;
before(async () => {
  server = await Server.start("--limits=off");
});
after(() => server.remove());

const client = (t: TestContext, transport: Transport, room: string, options: Partial<Options> = {}): TestClient =>
  new TestClient(t, server.ws, `${room}-${transport}`, { transport, ...options });
const ended = (p: TestClient): string | undefined =>
  p.client.state.is === "ended" ? p.client.state.why.code : undefined;
const seatOf = (p: TestClient) => p.welcomes[0]!.you.seat;

for (const transport of transports)
  describe(`the life of a room, by ${transport}`, () => {
    it("names a room, and pins messages", async (t) => {
      const ann = client(t, transport, "names");
      await ann.open();
      await ann.client.perform({ type: "set", name: "Tea room", keep_seconds: 86_400 });
      ann.client.send("hello");
      await ann.heard(1);
      const { seq } = ann.messages[0]!;
      await ann.client.perform({ type: "pin", seq });
      const bob = client(t, transport, "names", { nick: "bob" });
      await bob.open();
      const [w] = bob.welcomes;
      assert.deepEqual([w!.settings.name, w!.settings.keep_seconds, w!.pins], ["Tea room", 86_400, [seq]]);
      await ann.client.perform({ type: "unpin", seq });
      await until("bob knows", () => bob.log.at(-1)?.action === "unpin");
      assert.equal(bob.log.at(-1)?.target, seq);
    });

    it("ends for everyone when the room is closed, and settles all", async (t) => {
      const ann = client(t, transport, "closes");
      await ann.open();
      const bob = client(t, transport, "closes", { nick: "bob" });
      await bob.open();
      await ann.client.perform({ type: "close" });
      await until("both have ended", () => ended(ann) !== undefined && ended(bob) !== undefined);
      assert.deepEqual([ended(ann), ended(bob)], ["closed", "closed"]);
      assert.equal(bob.log.at(-1)?.action, "close");
      await assert.rejects(bob.client.perform({ type: "pin", seq: 1 }), (e) => (e as CommandError).code === "closed");
      const late = client(t, transport, "closes", { nick: "bob", seat: seatOf(bob) });
      await until("who comes back is told", () => ended(late) === "closed");
    });

    it("is told what expires", async (t) => {
      const ann = client(t, transport, "expires");
      await ann.open();
      await ann.client.perform({ type: "set", keep_seconds: 10 });
      ann.client.send("hello");
      const pruned = () => ann.events.flatMap((e) => (e.is === "pruned" ? [e.first] : []));
      await until("the message has expired", () => (pruned().at(-1) ?? 0) > (ann.messages[0]?.seq ?? Infinity));
    });

    it("tells the user's other devices what was read", async (t) => {
      const ann = client(t, transport, "seen");
      await ann.open();
      const phone = client(t, transport, "seen", { seat: seatOf(ann) });
      await phone.open();
      ann.client.send("hello");
      await phone.heard(1);
      const { seq } = phone.messages[0]!;
      phone.client.seen(seq);
      const seen = (p: TestClient) => p.events.flatMap((e) => (e.is === "seen" ? [e.seq] : []));
      await until("the other one knows", () => seen(ann).includes(seq));
      assert.deepEqual(seen(phone), transport === "http" ? seen(phone) : []);
      const third = client(t, transport, "seen", { seat: seatOf(ann) });
      await third.open();
      assert.equal(third.welcomes[0]!.seen, seq);
    });

    it("becomes the same member on another device", async (t) => {
      const ann = client(t, transport, "device");
      await ann.open();
      const { code, url } = await ann.client.transfer();
      assert.equal(new URL(url).hash, `#transfer=${code}`);
      const phone = client(t, transport, "device", { transfer: "00000-00000" });
      await until("a wrong code is refused", () => phone.client.state.is === "refused");
      phone.client.join(undefined, undefined, code);
      await phone.open();
      assert.equal(seatOf(phone), seatOf(ann));
    });
  });

describe("a client before a locked room", () => {
  it("comes in once somebody admits it", async (t) => {
    const ann = client(t, "websocket", "knocks");
    await ann.open();
    await ann.client.perform({ type: "set", locked: true });
    const zoe = client(t, "websocket", "knocks", { nick: "zoe", knock: { note: "hello" } });
    const knocks = (p: TestClient) => p.events.flatMap((e) => (e.is === "knock" ? [e.knock] : []));
    await until("both are told", () => knocks(ann).length === 1 && knocks(zoe).length === 1);
    const { member, nick, note } = knocks(ann)[0]!;
    assert.deepEqual([member, nick, note], [knocks(zoe)[0]!.member, "zoe", "hello"]);
    await ann.client.perform({ type: "admit", member });
    await zoe.open();
    assert.equal(zoe.welcomes[0]!.you.member, member);
    await ann.client.perform({ type: "set", locked: false });
    const bob = client(t, "websocket", "knocks", { nick: "bob", knock: {} });
    await bob.open(); // there is nobody to ask
  });
});

// As a member who was kicked has it, whose network broke at that moment.
for (const code of ["kicked", "banned", "revoked", "closed"])
  it(`stays away after the goodbye ${code}, also if the close code got lost`, async (t) => {
    const fake = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/ws" });
    t.after(() => fake.close());
    let connections = 0;
    fake.on("connection", (socket) => {
      connections++;
      socket.on("message", (frame: Buffer) => {
        if ((JSON.parse(frame.toString()) as { type: string }).type !== "join") return;
        const you = { member: "m1", nick: "ann", role: "member", seat: "s" };
        const limits = {
          content_chars: 4000,
          frame_bytes: 50_000,
          event_bytes: 500_000,
          message_rate: 10,
          retry_ms: 20,
        };
        const settings = { topic: "", locked: false, password: false, slow_ms: 0 };
        const log = { room: "lobby", epoch: "e", first: 1, head: 0, resumed: false, settings, limits };
        socket.send(JSON.stringify({ type: "welcome", ...log, you, members: [you], count: 1 }));
        socket.send(JSON.stringify({ type: "goodbye", code }), () => socket.terminate());
      });
    });
    await new Promise((listening) => fake.once("listening", listening));
    const { port } = fake.address() as { port: number };
    const ann = new TestClient(t, `ws://127.0.0.1:${port}/ws`, "lobby", { transport: "websocket" });
    await until("it has ended", () => ann.client.state.is === "ended");
    assert.deepEqual([ended(ann), connections], [code, 1]);
  });
