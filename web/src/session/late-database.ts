// A database that the browser has opened late, when the page has begun without it.
import { effect } from "@preact/signals";
import { enterAgain } from "../actions.ts";
import { database, storage } from "../storage.ts";
import { store } from "../store.ts";

const { room } = store;

/** Uses the database once it is there, if it wasn't in time. In the shown room, the user is then again who they were before. */
export async function watchDatabase(): Promise<void> {
  if ((await database.isOpen()) || !(await database.answered())) return;
  await settled();
  const code = room.code.peek();
  const before = storage.place(code)?.seat;
  await storage.recover();
  if (room.code.peek() === code && storage.place(code)?.seat !== before) enterAgain();
}

/** Resolves once no message is on its way, and no file: a message that another member sends again could be there twice, and a file is for the messages of whoever uploaded it. */
async function settled(): Promise<void> {
  let stop = () => {};
  await new Promise<void>((done) => {
    stop = effect(() => {
      if (room.pending.value.length === 0 && room.attachments.value.length === 0) done();
    });
  });
  stop();
}
