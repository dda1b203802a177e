// Photos on their way into a message: made smaller or as they are, upright, without position, and described.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileChooser, Page } from "playwright-core";
import { phone, Visitor } from "./browser.ts";
import { attached, bytesAt, imageURLs, latitude, photo, pick, png, sample, sendFiles, uploaded } from "./files.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { photoKind } from "../src/session/smaller.ts";

/** The size of an image, and the colours at its top and bottom, as a browser shows it. */
const shown = (page: Page, url: string) =>
  page.evaluate(async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [40, 40];
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(image, 0, 0, 40, 40);
    const colour = (y: number) => {
      const [r, , b] = context.getImageData(20, y, 1, 1).data;
      return r! > 100 && b! < 100 ? "red" : b! > 100 && r! < 100 ? "blue" : `${r} ${b}`;
    };
    return { width: image.naturalWidth, height: image.naturalHeight, top: colour(5), bottom: colour(35) };
  }, url);

describe("a photo of 12 megapixels", () => {
  it("goes smaller, upright and without its position; as the original on request", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/photo`);
    await ann.enter("Ann");
    const original = await photo(ann, 4000, 3000, 6); // lies on its side
    assert.ok(original.includes(latitude) && original.length > 2 << 20);
    await pick(ann, { name: "IMG 1.JPG", mimeType: "image/jpeg", buffer: original });
    await attached(ann).getByRole("checkbox", { name: /^Send the original/ }).waitFor();
    await uploaded(ann);
    await sendFiles(ann, "smaller");

    await pick(ann, { name: "IMG 1.JPG", mimeType: "image/jpeg", buffer: original });
    await attached(ann).getByRole("checkbox", { name: /^Send the original/ }).check();
    await uploaded(ann);
    await sendFiles(ann, "original");

    const [smaller, whole] = await imageURLs(ann);
    assert.deepEqual(await shown(ann.page, smaller!), { width: 1920, height: 2560, top: "red", bottom: "blue" });
    assert.deepEqual(await shown(ann.page, whole!), { width: 3000, height: 4000, top: "red", bottom: "blue" });
    const [small, large] = await Promise.all([bytesAt(smaller!), bytesAt(whole!)]);
    assert.ok(small.length < original.length / 2, `${small.length} bytes of ${original.length}`);
    assert.ok(!small.includes("Exif"));
    assert.equal(large.length, original.length);
    assert.ok(large.includes("Exif") && !large.includes(latitude), "the original has no position");
    for (const img of await ann.page.locator(".files img").all()) {
      const box = (await img.boundingBox())!;
      assert.deepEqual([box.width, box.height], [225, 300]);
    }
  });

  it("can be put back to the smaller one, and taken out while it is prepared", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/back`);
    await ann.enter("Ann");
    const original = await photo(ann, 4000, 3000, 1);
    const file = { name: "a.jpg", mimeType: "image/jpeg", buffer: original };
    await pick(ann, file, file);
    await ann.page.getByRole("button", { name: /^Remove .*a\.jpg/ }).last().click();
    const box = attached(ann).getByRole("checkbox", { name: /^Send the original/ });
    await box.check();
    await box.uncheck();
    await uploaded(ann);
    await sendFiles(ann, "one");
    const urls = await imageURLs(ann);
    assert.equal(urls.length, 1);
    assert.equal((await shown(ann.page, urls[0]!)).width, 2560);
  });
});

describe("as it is", () => {
  it("goes what is animated, small, no photo, or can't be decoded", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/as-it-is`);
    await ann.enter("Ann");
    const noise = Buffer.alloc(700 << 10, "noise in a file");
    const chunk = Buffer.concat([Buffer.from("JUNK"), Buffer.from([0, 0xf0, 0x0a, 0]), noise]); // of RIFF
    const animated = Buffer.concat([sample("animated.webp"), chunk]);
    animated.writeUInt32LE(animated.length - 8, 4);
    const all = [
      { name: "small.jpg", mimeType: "image/jpeg", buffer: await photo(ann, 300, 200, 1) },
      { name: "animated.webp", mimeType: "image/webp", buffer: animated },
      { name: "animated.gif", mimeType: "image/gif", buffer: Buffer.concat([sample("animated.gif"), noise]) },
      { name: "large.png", mimeType: "image/png", buffer: Buffer.concat([png(3000, 2000), noise]) },
      { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.concat([Buffer.from("ffd8ffe0", "hex"), noise]) },
    ];
    for (const file of all) {
      const stored = ann.page.waitForResponse((r) => r.request().method() === "POST");
      await pick(ann, file);
      const answer = (await (await stored).json()) as { files: { size: number; name: string }[] };
      assert.deepEqual([answer.files[0]!.name, answer.files[0]!.size], [file.name, file.buffer.length]);
    }
    assert.equal(await attached(ann).getByRole("checkbox").count(), 0);
  });

  it("goes a photo in a browser whose canvas returns noise, to guard against fingerprinting", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/noise`);
    await ann.enter("Ann");
    const original = await photo(ann, 3000, 2000, 1);
    await ann.page.evaluate(() => {
      const read = CanvasRenderingContext2D.prototype.getImageData;
      CanvasRenderingContext2D.prototype.getImageData = function (...of) {
        const image = read.apply(this, of);
        image.data.fill(255); // as Firefox does with resistFingerprinting
        return image;
      };
    });
    const stored = ann.page.waitForResponse((r) => r.request().method() === "POST");
    await pick(ann, { name: "a.jpg", mimeType: "image/jpeg", buffer: original });
    const answer = (await (await stored).json()) as { files: { size: number }[] };
    assert.equal(answer.files[0]!.size, original.length);
  });

  it("is told from photos by its bytes", () => {
    const kind = (b: Buffer) => photoKind(new Uint8Array(b.subarray(0, 64)));
    assert.equal(kind(Buffer.from("ffd8ffe1", "hex")), "jpeg");
    assert.equal(kind(sample("still.webp")), "webp");
    assert.equal(kind(sample("still.avif")), "avif");
    const ftyp = (brands: string) => Buffer.concat([Buffer.from([0, 0, 0, 8 + brands.length]), Buffer.from(`ftyp${brands}`), Buffer.from("....meta")]);
    assert.equal(kind(ftyp("heic\0\0\0\0mif1MiHEheic")), "heic");
    for (const none of ["animated.webp", "animated.gif", "animated.png", "video.mp4"]) assert.equal(kind(sample(none)), undefined, none);
    for (const none of [ftyp("avis\0\0\0\0avifavis"), ftyp("hevc\0\0\0\0mif1hevcheic"), Buffer.from(""), Buffer.from("RIFF"), Buffer.from("%PDF-1.7")])
      assert.equal(kind(none), undefined, none.toString("latin1"));
  });
});

describe("what an image shows", () => {
  it("is said by its sender, for those who can't see it; else they are told its name", async (t) => {
    const url = `${server.url}r/described`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");
    await pick(ann, { name: "a.png", mimeType: "image/png", buffer: png(80, 60) }, { name: "b.png", mimeType: "image/png", buffer: png(60, 80) });
    const fields = attached(ann).getByRole("textbox");
    await fields.first().fill("a \"red\" kite <b>over</b> the roof");
    await uploaded(ann);
    await fields.first().press("End");
    await fields.first().pressSequentially("s ");
    await fields.first().press("Enter"); // sends the message, as in the draft
    await ann.settled();
    for (const v of [ann, bob]) {
      await v.page.getByRole("img", { name: "a \"red\" kite <b>over</b> the roofs", exact: true }).waitFor();
      await v.page.getByRole("button", { name: /^Show .*kite <b>over<\/b> the roofs.* large$/ }).waitFor();
      await v.page.getByRole("img", { name: "Image: b.png" }).waitFor();
    }
    await ann.page.reload();
    await ann.page.getByRole("img", { name: "a \"red\" kite <b>over</b> the roofs", exact: true }).waitFor();
  });

  it("counts as characters of the message", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/counted`);
    await ann.enter("Ann");
    await pick(ann, { name: "a.png", mimeType: "image/png", buffer: png(80, 60) });
    await uploaded(ann);
    await ann.draft.fill("x".repeat(3990));
    await attached(ann).getByRole("textbox").fill("y".repeat(20));
    await ann.page.getByRole("status").filter({ hasText: /too long|10/ }).first().waitFor();
    assert.ok(await ann.page.getByRole("button", { name: "Send the message" }).isDisabled());
    await attached(ann).getByRole("textbox").fill("y".repeat(10));
    await sendFiles(ann, "x".repeat(3990));
  });
});

describe("the camera", () => {
  it("is offered on phones, also to the keyboard, and nowhere else", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/camera`, phone);
    const choosers: FileChooser[] = [];
    ann.page.on("filechooser", (c) => choosers.push(c)); // early: the browser has to know before the key is pressed
    await ann.enter("Ann");
    const button = ann.page.getByRole("button", { name: "Add to the message" });
    await button.waitFor();
    await ann.draft.focus();
    await ann.page.keyboard.press("Tab");
    assert.ok(await button.evaluate((b) => b === document.activeElement));
    await ann.page.keyboard.press("Enter");
    const choice = ann.page.getByRole("menuitem", { name: "Take a photo" });
    await choice.waitFor();
    await ann.page.keyboard.press("ArrowDown");
    assert.ok(await choice.evaluate((b) => b === document.activeElement));
    await ann.page.keyboard.press("Enter");
    await until("a file is asked for", () => choosers.length > 0);
    const asked = choosers[0]!;
    const input = asked.element();
    assert.deepEqual([await input.getAttribute("capture"), await input.getAttribute("accept"), asked.isMultiple()], ["environment", "image/*", false]);
    await asked.setFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer: await photo(ann, 300, 200, 1) });
    await uploaded(ann);
    assert.ok(!(await ann.sideways()));
    await sendFiles(ann, "");
    await ann.page.getByRole("img", { name: "Image: photo.jpg" }).waitFor();

    const bob = await Visitor.open(t, browser, `${server.url}r/camera`);
    await bob.enter("Bob");
    await bob.page.getByRole("button", { name: "Attach files" }).waitFor();
    assert.equal(await bob.page.getByRole("button", { name: "Add to the message" }).count(), 0);
  });
});
