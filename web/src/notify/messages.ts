// What pages and their worker tell each other about notifications.

/** The room that a window shows; "" for none. */
export interface ToWorker {
  type: "window";
  room: string;
}

/** The user has clicked a notification of the window's room. */
export interface FromWorker {
  type: "go-to";
  epoch: string;
  seq: number;
}
