import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { TestClient } from "../../client/test-client.ts";
import { Server, until } from "../../e2e/server.ts";
import { store } from "../store.ts";
import { RoomSearch } from "./search.ts";

const { room } = store;
let server: Server;
before(async () => {
  server = await Server.start("--limits=on");
});
after(() => server.remove());

describe("a search of the room", () => {
  it("waits until the server has time for it, and finds everything, page by page", async (t) => {
    const ann = new TestClient(t, server.ws, "search");
    await ann.open();
    for (let i = 1; i <= 25; i++) ann.client.send(`tea ${i}`);
    await ann.heard(25);
    const many = await Promise.allSettled(Array.from({ length: 100 }, () => ann.client.search({ q: "tea" })));
    assert.ok(
      many.some((a) => a.status === "rejected"),
      "the server has no time now",
    );
    store.settings.value = { ...store.settings.value, language: "en" };
    const search = new RoomSearch(ann.client);
    t.after(() => search.close());
    search.begin("no", false);
    search.begin("tea", false);
    assert.equal(room.search.value.busy, true);
    await until("it is found", () => room.search.value.answered);
    assert.equal(room.search.value.error, undefined);
    assert.equal(room.search.value.found.length, 20);
    assert.equal(room.search.value.found[0]!.content, "tea 25");
    search.more();
    await until("the rest is found", () => !room.search.value.busy);
    assert.deepEqual(
      room.search.value.found.map((e) => e.content),
      Array.from({ length: 25 }, (_, i) => `tea ${25 - i}`),
    );
    assert.equal(room.search.value.next, undefined);

    search.begin("x".repeat(257), true);
    await until("it is refused", () => room.search.value.answered);
    assert.equal(room.search.value.error, "That is too long.");
    search.begin("  ", true);
    assert.deepEqual([room.search.value.found, room.search.value.busy], [[], false]);
  });
});
