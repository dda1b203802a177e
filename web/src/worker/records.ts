import { Database } from "../database.ts";
import { nameFor } from "../records.ts";
import { base } from "./scope.ts";

/** The records that the worker shares with the pages. */
export const database = new Database(nameFor(base));
