// Real files of many kinds, and hostile ones, in the page: they are shown or saved, and nothing in them runs.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Visitor } from "./browser.ts";
import { bytesAt, photo, pick, png, sample, sendFiles, video, type Picked } from "./files.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";

/** Sends files in a room, and returns somebody else who sees them. */
async function sent(t: Parameters<typeof Visitor.open>[0], room: string, ...files: Picked[]): Promise<Visitor> {
  const url = `${server.url}r/${room}`;
  const ann = await Visitor.open(t, browser, url);
  await ann.enter("Ann");
  const bob = await Visitor.open(t, browser, url);
  await bob.enter("Bob");
  await pick(ann, ...files);
  await sendFiles(ann, "files");
  await bob.bubble("files").waitFor();
  return bob;
}

describe("files that browsers show", () => {
  it("are shown: GIF, WebP, AVIF and animations", async (t) => {
    const names = ["animated.gif", "animated.png", "animated.webp", "still.webp", "still.avif"];
    const bob = await sent(t, "images", ...names.map((name) => ({ name, mimeType: "", buffer: sample(name) })));
    for (const name of names) {
      const image = bob.page.getByRole("img", { name: `Image: ${name}` });
      await image.waitFor();
      await until(`${name} is decoded`, () => image.evaluate((i) => (i as HTMLImageElement).naturalWidth === 64 && (i as HTMLImageElement).naturalHeight === 48));
      assert.deepEqual(await bytesAt((await image.getAttribute("src"))!), sample(name), `${name} is as it was`);
    }
  });

  it("are pasted as a screenshot that the browser has made", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/screenshot`);
    await ann.enter("Ann");
    const shot = await ann.page.screenshot();
    await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await ann.page.evaluate((bytes) => navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([new Uint8Array(bytes)], { type: "image/png" }) })]), [...shot]);
    await ann.draft.focus();
    await ann.page.keyboard.press("Control+V");
    await ann.page.getByRole("list", { name: "Files of your message" }).locator("li").waitFor();
    await sendFiles(ann, "");
    const image = ann.page.locator(".files img");
    await image.waitFor();
    await until("it is decoded", () => image.evaluate((i) => (i as HTMLImageElement).naturalWidth === 1100));
  });

  it("are played and seek: a video of 20 MiB, of which the browser asks for parts", async (t) => {
    const bob = await Visitor.open(t, browser, `${server.url}r/video`);
    await bob.enter("Bob");
    const ranges: string[] = [];
    bob.context.on("response", (r) => {
      if (r.url().endsWith("/film.mp4")) ranges.push(`${r.status()} ${r.headers()["content-range"] ?? ""}`);
    });
    const film = video(20 << 20);
    await pick(bob, { name: "film.mp4", mimeType: "video/mp4", buffer: film });
    await sendFiles(bob, "film");
    const player = bob.page.locator(".files video");
    await player.waitFor();
    const seeked = await player.evaluate(async (v: HTMLVideoElement) => {
      if (v.readyState < 1) await new Promise((done) => v.addEventListener("loadedmetadata", done, { once: true }));
      const done = new Promise((done) => v.addEventListener("seeked", done, { once: true }));
      v.currentTime = 25;
      await done;
      return { duration: v.duration, at: v.currentTime, width: v.videoWidth, ready: v.readyState >= 2, error: v.error?.message };
    });
    assert.deepEqual(seeked, { duration: 30, at: 25, width: 64, ready: true, error: undefined });
    // Its index is at the end, and its pictures are at the beginning.
    assert.ok(ranges.some((r) => /^206 bytes (\d+)-/.test(r) && Number(/ (\d+)-/.exec(r)![1]) >= 20 << 20), ranges.join(", "));
  });
});

describe("hostile files", () => {
  const script = "globalThis.pwned = true; try { parent.pwned = true; alert('pwned') } catch {}";
  const html = `<!doctype html><title>pwned</title><script>${script}</script><img src=x onerror="${script}">`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" onload="${script}"><script>${script}</script><rect width="100" height="100"/></svg>`;
  const file = (name: string, content: string | Buffer, mimeType = "image/png"): Picked => ({ name, mimeType, buffer: Buffer.from(content as string, "latin1") });

  /** Asserts that no file runs as a script of a document of the same origin that has no policy against it. */
  async function assertNoScripts(v: Visitor, urls: string[]): Promise<void> {
    const tab = await v.tab(`${server.url}robots.txt`);
    for (const url of urls) {
      const came = await tab.evaluate((url) => new Promise((done) => {
        const element = document.createElement("script");
        element.onload = () => done("loaded");
        element.onerror = () => done("refused");
        element.src = url;
        document.body.append(element);
      }), url);
      assert.equal(came, "refused", url);
    }
    assert.equal(await tab.evaluate(() => "pwned" in globalThis), false);
    await tab.close();
    await until("the browser says that it has refused all", () => v.wrong.length >= urls.length);
    for (const said of v.wrong.splice(0)) assert.match(said, /^console: Refused to execute script .* strict MIME type/);
  }

  it("are only saved, and nothing in them runs", async (t) => {
    const zip = Buffer.concat([Buffer.from("PK\x03\x04\x14\0\0\0\0\0", "latin1"), Buffer.alloc(200)]);
    const all = [
      file("page.html", html, "text/html"),
      file("page.png", html),
      file("drawing.svg", svg, "image/svg+xml"),
      file("drawing.jpg", svg, "image/jpeg"),
      file("code.gif", `GIF89a/*\x01\x00\x01\x00*/=1;${script}`, "image/gif"),
      file("both.jpg", `\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00${html}`, "image/jpeg"),
      file("billion.png", png(1, 1, 0, { width: 32_000, height: 32_000 })),
      file("zip.jpg", zip, "image/jpeg"),
      file("paper.pdf", `%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>`, "application/pdf"),
      file("x.xml", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>${script}</script></html>`, "application/xml"),
    ];
    const bob = await sent(t, "hostile", ...all);
    assert.equal(await bob.page.locator(".files img, .files video, .files audio, .files object, .files iframe").count(), 0);
    const links = await bob.page.locator(".files a.file").all();
    assert.equal(links.length, all.length);
    for (const [i, link] of links.entries()) {
      // In a tab that would be the page's own, too, if the browser took it for a document.
      const tab = await bob.context.newPage();
      const saved = tab.waitForEvent("download");
      await tab.goto((await link.evaluate((a) => (a as HTMLAnchorElement).href))).catch(() => {}); // it isn't a page
      assert.equal((await saved).suggestedFilename(), all[i]!.name);
      assert.equal(tab.url(), "about:blank");
      await tab.close();
    }
    await assertNoScripts(bob, await bob.page.locator(".files a.file").evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href)));
    assert.equal(await bob.page.evaluate(() => "pwned" in globalThis), false);
    assert.equal(await bob.page.title().then((title) => title.includes("pwned")), false);
  });

  it("that are images too stay images, also in a tab of their own", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/maker`);
    const jpeg = await photo(ann, 200, 100, 1);
    const deep = Buffer.concat([jpeg, Buffer.alloc(5000), Buffer.from(html)]);
    const gif = Buffer.concat([sample("animated.gif"), Buffer.alloc(5000), Buffer.from(script)]);
    const bob = await sent(t, "polyglots", file("deep.jpg", deep), file("deep.gif", gif));
    await bob.page.getByRole("img", { name: "Image: deep.jpg" }).waitFor();
    for (const name of ["deep.jpg", "deep.gif"]) {
      const url = (await bob.page.getByRole("img", { name: `Image: ${name}` }).getAttribute("src"))!;
      const tab = await bob.tab(url);
      assert.equal(await tab.evaluate(() => document.images.length), 1);
      assert.equal(await tab.evaluate(() => "pwned" in globalThis), false);
      await tab.close();
      await assertNoScripts(bob, [url]);
    }
    assert.equal(await bob.page.evaluate(() => "pwned" in globalThis), false);
  });

  it("have names that do nothing", async (t) => {
    const nasty = `../../a\\b"><img src=x onerror=alert(1)>\u202egnp.exe' & %2f%00 c:d*?|\u0007 ${"é".repeat(30)}.png`;
    const bob = await sent(t, "names", { name: nasty, mimeType: "image/png", buffer: png(60, 40) }, { name: `${nasty}.bin`, mimeType: "", buffer: Buffer.from([1, 2, 3]) });
    const image = bob.page.locator(".files img");
    await image.waitFor();
    await until("it is there", () => image.evaluate((i) => (i as HTMLImageElement).naturalWidth === 60));
    assert.equal(await bob.page.locator(".files img").count(), 1);
    const link = bob.page.locator(".files a.file");
    assert.match(await link.innerText(), /onerror/);
    assert.doesNotMatch(await link.innerText(), /[\u202e\u0007/\\]/);
    const saved = bob.page.waitForEvent("download");
    await link.evaluate((a) => (a as HTMLAnchorElement).removeAttribute("target"));
    await link.click();
    assert.doesNotMatch((await saved).suggestedFilename(), /[/\\\u202e\u0007]/);
    await image.click();
    await bob.page.getByRole("dialog").waitFor();
    await bob.page.keyboard.press("Escape");
    assert.ok(!(await bob.sideways()));
  });
});
