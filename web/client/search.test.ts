import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CommandError } from "../client.ts";
import { Server, until } from "../e2e/server.ts";
import { TestClient, transports } from "./test-client.ts";

let server: Server;
before(async () => {
  server = await Server.start("--limits=off");
});
after(() => server.remove());

for (const transport of transports)
  describe(`a client that searches, by ${transport}`, () => {
    it("finds messages as they are now, page by page, also across a lost connection", async (t) => {
      const ann = new TestClient(t, server.ws, `search-${transport}`, { transport });
      await ann.open();
      assert.equal(ann.welcomes[0]?.limits.query_chars, 256);
      for (let i = 1; i <= 5; i++) ann.client.send(`cup of tea number ${i}`);
      ann.client.send("coffee");
      await ann.heard(6);
      const { seq } = ann.messages[0]!;
      await ann.client.perform({ type: "edit", seq, content: "Grüner Tee" });
      const newest = await ann.client.search({ q: '"cup of" tea', limit: 3 });
      assert.deepEqual(
        newest.events.map((e) => e.content),
        [5, 4, 3].map((i) => `cup of tea number ${i}`),
      );
      assert.equal(newest.more, true);
      const rest = ann.client.search({ q: '"cup of" tea', before: newest.next! });
      ann.cut();
      assert.deepEqual(
        (await rest).events.map((e) => e.content),
        ["cup of tea number 2"],
      );
      assert.equal((await rest).more, false);
      await until("the edit is found", async () => (await ann.client.search({ q: "gruner" })).events.length === 1);
      const [edited] = (await ann.client.search({ q: "gruner" })).events;
      assert.deepEqual([edited?.seq, edited?.content, edited?.edited], [seq, "Grüner Tee", true]);
      assert.deepEqual((await ann.client.search({ q: "" })).events, []);
      await assert.rejects(
        ann.client.search({ q: "x".repeat(257) }),
        (e) => e instanceof CommandError && e.code === "too-long",
      );
    });
  });

it("says that a server has no search", async (t) => {
  const without = await Server.start("--search=off");
  t.after(() => without.remove());
  const ann = new TestClient(t, without.ws, "search");
  await ann.open();
  assert.equal(ann.welcomes[0]?.limits.query_chars, undefined);
  await assert.rejects(ann.client.search({ q: "tea" }), (e) => e instanceof CommandError && e.code === "unknown-type");
});
