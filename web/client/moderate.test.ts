import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { CommandError, type Operation, type Options, type Transport } from "../client.ts";
import { Server, until } from "../e2e/server.ts";
import { TestClient, transports } from "./test-client.ts";

let server: Server;
before(async () => {
  server = await Server.start("--limits=off");
});
after(() => server.remove());

/** A client in the room of that name, which each transport has its own of. */
function client(t: TestContext, transport: Transport, room: string, options: Partial<Options> = {}): TestClient {
  return new TestClient(t, server.ws, `${room}-${transport}`, { transport, ...options });
}

/** Ann, who owns the room, and Bob, who came after her. */
async function pair(t: TestContext, transport: Transport, room: string): Promise<[TestClient, TestClient]> {
  const ann = client(t, transport, room);
  await ann.open();
  const bob = client(t, transport, room, { nick: "bob" });
  await bob.open();
  return [ann, bob];
}

const you = (p: TestClient): string => p.welcomes[0]!.you.member;
const code = (want: string) => (e: unknown) => e instanceof CommandError && e.code === want;
const ended = (p: TestClient): string | undefined =>
  p.client.state.is === "ended" ? p.client.state.why.code : undefined;
const settings = (p: TestClient) => p.log.filter((e) => e.action === "set").map((e) => e.settings);

for (const transport of transports)
  describe(`a client that does more than talk, by ${transport}`, () => {
    it("edits, reacts and erases", async (t) => {
      const [ann, bob] = await pair(t, transport, "operations");
      ann.client.send("helo");
      await bob.heard(1);
      const { seq } = bob.messages[0]!;
      await ann.client.perform({ type: "edit", seq, content: "hello" });
      await bob.client.perform({ type: "react", seq, emoji: "👍" });
      await bob.client.perform({ type: "react", seq, emoji: "👍", remove: true });
      await assert.rejects(bob.client.perform({ type: "edit", seq, content: "mine" }), code("forbidden"));
      await assert.rejects(bob.client.perform({ type: "delete", seq }), code("forbidden"));
      await ann.client.perform({ type: "delete", seq });
      await assert.rejects(bob.client.perform({ type: "react", seq, emoji: "👍" }), code("not-found"));
      await until("bob has it all", () => bob.log.at(-1)?.type === "deleted");
      assert.deepEqual(
        bob.log.map((e) => e.type),
        ["moderated", "message", "edited", "reacted", "reacted", "deleted"],
      );
    });

    it("does each thing once, whatever is cut", async (t) => {
      const [ann, bob] = await pair(t, transport, "operations-cut");
      ann.client.send("x");
      await bob.heard(1);
      const { seq } = bob.messages[0]!;
      const all: Promise<void>[] = [];
      for (let i = 0; i < 20; i++) {
        all.push(ann.client.perform({ type: "edit", seq, content: `${i}` }));
        if (i % 7 === 3) ann.cut();
        await until("it is on its way", () => ann.client.state.is !== "open" || i % 2 === 0 || bob.log.length > 2);
      }
      await Promise.all(all);
      await until("bob has all", () => bob.log.at(-1)?.content === "19");
      assert.deepEqual(
        bob.log.filter((e) => e.type === "edited").map((e) => e.content),
        Array.from({ length: 20 }, (_, i) => `${i}`),
      );
    });

    it("puts out and lets in, and one who is put out stays away", async (t) => {
      const [ann, bob] = await pair(t, transport, "out");
      const member = you(bob);
      await ann.client.perform({ type: "ban", member, reason: "spam", seconds: 3600 });
      await until("bob is out", () => ended(bob) === "banned");
      const event = bob.log.at(-1)!;
      assert.deepEqual([event.action, event.member, event.nick, event.reason], ["ban", member, "bob", "spam"]);
      const [ban] = await ann.client.bans();
      assert.deepEqual([ban!.member, ban!.nick, ban!.reason, ban!.by.nick], [member, "bob", "spam", "ann"]);

      const stranger = client(t, transport, "out", { nick: "rob" }); // from the same address
      await until("rob is refused", () => ended(stranger) === "banned");
      const { state } = stranger.client;
      assert.ok(state.is === "ended" && state.why.until! > Date.now() + 3_000_000, JSON.stringify(state));

      await ann.client.perform({ type: "unban", member });
      assert.deepEqual(await ann.client.bans(), []);
      const again = client(t, transport, "out", { nick: "bob", seat: bob.welcomes[0]!.you.seat });
      await again.open();
      await assert.rejects(again.client.bans(), code("forbidden"));
      await ann.client.perform({ type: "kick", member });
      await until("bob is out again", () => ended(again) === "kicked");
    });

    it("comes in by the password, asked for again where it was wrong", async (t) => {
      const ann = client(t, transport, "secret");
      await ann.open();
      await ann.client.perform({ type: "set", password: "open sesame", topic: "tea" });
      assert.deepEqual(settings(ann), [{ topic: "tea", password: true }]);
      const bob = client(t, transport, "secret", { nick: "bob", password: "open barley" });
      await until("he is asked", () => bob.client.state.is === "refused");
      assert.ok(bob.client.state.is === "refused" && bob.client.state.why.code === "bad-password");
      bob.client.join(undefined, "open sesame");
      await bob.open();
      assert.deepEqual(bob.welcomes[0]!.settings, { topic: "tea", locked: false, password: true, slow_ms: 0 });
      bob.cut(); // his seat is enough
      await until("he is back", () => bob.welcomes.length === 2);

      await ann.client.perform({ type: "set", locked: true });
      const late = client(t, transport, "secret", { nick: "late", password: "open sesame" });
      await until("the late one is refused", () => ended(late) === "locked");
    });

    it("tries again later where the room is full", async (t) => {
      const small = await Server.start("--max-members=1");
      t.after(() => small.remove());
      const ann = new TestClient(t, small.ws, "full", { transport });
      await ann.open();
      const bob = new TestClient(t, small.ws, "full", { nick: "bob", transport });
      await until("he waits", () => bob.client.state.is === "waiting");
      assert.ok(bob.client.state.is === "waiting" && bob.client.state.why?.code === "room-full");
      ann.client.close();
      await until("he is in", () => {
        if (bob.client.state.is === "waiting") bob.client.join(); // the server may not know yet that she has gone
        return bob.client.state.is === "open";
      });
    });

    it("hands the room on", async (t) => {
      const [ann, bob] = await pair(t, transport, "handed");
      const role = (member: string, to: string): Operation => ({ type: "role", member, role: to });
      await assert.rejects(ann.client.perform(role(you(ann), "member")), code("forbidden"), "the last owner stays");
      await ann.client.perform(role(you(bob), "owner"));
      await ann.client.perform(role(you(ann), "member"));
      await assert.rejects(ann.client.perform({ type: "set", topic: "mine" }), code("forbidden"));
      await bob.client.perform({ type: "set", topic: "his" });
    });

    it("waits in slow mode, unless its role frees it", async (t) => {
      const [ann, bob] = await pair(t, transport, "slow");
      await ann.client.perform({ type: "set", slow_ms: 600_000 });
      await until("bob is told", () => settings(bob).length === 1);
      bob.client.send("one");
      bob.client.send("two");
      bob.client.send("three");
      await ann.heard(1);
      ann.client.send("I may");
      ann.client.send("and again");
      await ann.heard(3);
      const { seq } = bob.messages[0]!;
      await bob.client.perform({ type: "react", seq, emoji: "👍" }); // that is no message
      assert.deepEqual(
        bob.pending.map((m) => [m.content, m.failed]),
        [
          ["two", undefined],
          ["three", undefined],
        ],
      );
      await ann.client.perform({ type: "role", member: you(bob), role: "moderator" });
      await ann.heard(5);
      assert.deepEqual(ann.said, ["one", "I may", "and again", "two", "three"]);
    });
  });
