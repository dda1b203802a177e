// A server without limits, which sends pushes to push services on this machine, and a Chromium, for all tests of the file that imports this.
import { after, before } from "node:test";
import type { Browser } from "playwright-core";
import { launch } from "./browser.ts";
import { Server } from "./server.ts";

export let server: Server;
export let browser: Browser;

let whole = false;

/** Has the tests of the file that calls it run in a whole Chromium. The headless shell shows no notifications. */
export function useWholeBrowser(): void {
  whole = true;
}

before(async () => {
  await Promise.resolve(); // the file that imports this says then which browser it needs
  [server, browser] = await Promise.all([Server.start("--limits=off", "--push=private"), launch({ whole })]);
});
after(async () => {
  await browser.close();
  await server.remove();
});
