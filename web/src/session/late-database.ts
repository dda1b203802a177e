// A database that the browser has opened late, when the page has begun without it.
import { effect } from "@preact/signals";
import { enterAgain, rename } from "../actions.ts";
import { attached } from "../attached.ts";
import { database, storage } from "../storage.ts";
import { store } from "../store.ts";
import { session } from "./current.ts";

const { room } = store;

/** Uses the database once it is there, if it wasn't in time. In the shown room, the user is then again who they were before. */
export async function watchDatabase(): Promise<void> {
  if ((await database.isOpen()) || !(await database.answered())) return;
  // A message that another member sends again could be there twice, and a file is for the messages of whoever uploaded it.
  await until(() => room.pending.value.length === 0 && attached.value.size === 0);
  const code = room.code.peek();
  const former = room.you.peek()?.member;
  const { seat } = storage.place(code) ?? {};
  await storage.recover();
  if (room.code.peek() !== code || storage.place(code)?.seat === seat) return;
  enterAgain();
  if (former) await reclaimNick(code, former);
}

/** Gives the user the nick that they asked for, once their former self has left. It may still be there when they enter, and then they get another nick. */
async function reclaimNick(code: string, former: string): Promise<void> {
  const away = () => room.code.value !== code;
  const isAlone = () => room.you.value?.member !== former && room.members.value.every((m) => m.member !== former);
  await until(() => away() || isAlone());
  const asked = session.peek()?.nick;
  if (!away() && asked !== undefined && room.you.peek()?.nick !== asked) await rename(asked);
}

/** Resolves once a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  let stop = () => {};
  await new Promise<void>((done) => {
    stop = effect(() => {
      if (holds()) done();
    });
  });
  stop();
}
