// Apps that post in a room: connected, tried and removed in the room's settings, and how their
// messages look.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { note, press, settings } from "./acting.ts";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";

const postTo = (url: string, body: object): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

describe("an app", () => {
  it("is connected, tried and removed in the room's settings", async (t) => {
    const url = `${server.url}r/apps`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");

    await settings(ann);
    const apps = ann.page.getByRole("region", { name: "Connected apps" });
    await apps.getByText("No app is connected.").waitFor();
    await apps.getByRole("textbox", { name: "Name of the app" }).fill("Bob");
    await press(ann, "Connect an app");
    await apps.getByRole("alert").filter({ hasText: "already has this name" }).waitFor();
    await apps.getByRole("textbox", { name: "Name of the app" }).fill("Alerts");
    await press(ann, "Connect an app");
    await note(bob, /Ann.* connected the app .*Alerts/);

    const hook = await apps.getByRole("textbox", { name: "URL of \u2068Alerts\u2069" }).inputValue();
    assert.match(hook, /^http:\/\/127\.0\.0\.1:\d+\/hooks\/[\w-]+$/);
    assert.equal((await apps.locator("pre").innerText()).trim(), `curl -d 'Hello from a program' ${hook}`);
    await press(ann, "Send a test");
    await apps.getByRole("button", { name: "Sent" }).waitFor();
    await bob.bubble("Hello from a program").waitFor();

    assert.equal(await (await postTo(hook, { text: "disk *full*", username: "Grafana" })).text(), "ok");
    assert.equal(await (await postTo(hook, { text: "and again", username: "Grafana" })).text(), "ok");
    await bob.bubble("and again").waitFor();
    const sender = bob.page.locator(".message").filter({ hasText: "disk full" }).locator(".sender");
    assert.deepEqual(await sender.locator("bdi, .tag").allInnerTexts(), ["Alerts", "Grafana", "app"]);
    const again = bob.page.locator(".message").filter({ hasText: "and again" });
    assert.equal(await again.locator(".sender").count(), 0, "messages of one sender are grouped");

    // Who comes later sees the same, from the log.
    const cid = await Visitor.open(t, browser, url);
    await cid.enter("Cid");
    await note(cid, /Ann.* connected the app .*Alerts/);
    assert.deepEqual(
      await cid.page.locator(".message").filter({ hasText: "disk full" }).locator(".sender").locator("bdi, .tag").allInnerTexts(),
      ["Alerts", "Grafana", "app"],
    );

    await press(ann, "Remove the app…");
    await apps.getByText("can no longer post").waitFor();
    await press(ann, "Remove the app");
    await apps.getByText("No app is connected.").waitFor();
    await note(bob, /Ann.* removed the app .*Alerts/);
    assert.equal((await postTo(hook, { text: "too late" })).status, 404);
  });

  it("is a moderator's to connect, and shows its URL to them and to owners alone", async (t) => {
    const url = `${server.url}r/moderators`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await settings(ann);
    await ann.page.getByRole("textbox", { name: "Name of the app" }).fill("Ann's");
    await press(ann, "Connect an app");
    await ann.page.getByRole("textbox", { name: "URL of \u2068Ann's\u2069" }).waitFor();
    await ann.page.keyboard.press("Escape");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");
    await ann.page.locator(".aside").getByRole("button", { name: "What to do with \u2068Bob\u2069" }).click();
    await ann.page.getByRole("menuitem", { name: "Make a moderator" }).click();
    await note(bob, /made you a moderator/);
    await settings(bob);
    const apps = bob.page.getByRole("region", { name: "Connected apps" });
    await apps.locator("summary").filter({ hasText: "Ann's" }).click();
    await apps.getByText("Only owners, and the person who connected it, can see its URL.").waitFor();
    await apps.getByRole("textbox", { name: "Name of the app" }).fill("Bob's");
    await press(bob, "Connect an app");
    await apps.getByRole("textbox", { name: "URL of \u2068Bob's\u2069" }).waitFor();
  });
});
