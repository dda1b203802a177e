// What the composer suggests for an @.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { Speaker } from "./speaker.ts";

describe("the suggestions for a mention", () => {
  it("have faces and roles, those who are here first, and say who isn't", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/who`);
    await ann.enter("Ann");
    const abe = await Speaker.enter(t, server, "who", "Abe");
    await abe.say("see you");
    await ann.bubble("see you").waitFor();
    abe.leave();
    await ann.page.getByText(/Abe.* left/).waitFor();
    const bob = await Visitor.open(t, browser, `${server.url}r/who`);
    await bob.enter("Bob");
    await bob.draft.pressSequentially("hi @");
    const options = bob.page.getByRole("option");
    await options.nth(1).waitFor();
    assert.deepEqual((await options.allInnerTexts()).map((s) => s.split(/\s+/)), [["A", "Ann", "owner"], ["A", "Abe", "not", "here"]]);
    assert.equal(await options.first().locator(".face").getAttribute("aria-hidden"), "true");
    await bob.page.getByRole("option", { name: "Ann owner", exact: true }).waitFor();
    await bob.page.getByRole("option", { name: "Abe not here", exact: true }).waitFor();

    const active = () =>
      bob.draft.evaluate((field) => document.getElementById(field.getAttribute("aria-activedescendant") ?? "")?.textContent ?? "");
    assert.match(await active(), /Ann/);
    await bob.draft.press("ArrowDown");
    assert.match(await active(), /Abe/);
    assert.equal(await options.nth(1).getAttribute("aria-selected"), "true");
    await bob.draft.press("Enter");
    assert.equal(await bob.draft.inputValue(), "hi @Abe ");
    await options.first().waitFor({ state: "detached" });
    assert.equal(await active(), "");

    await bob.draft.pressSequentially("and @");
    await options.nth(1).waitFor();
    await bob.draft.press("Escape");
    await options.first().waitFor({ state: "detached" });
    assert.equal(await bob.draft.inputValue(), "hi @Abe and @");
  });
});
