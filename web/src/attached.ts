// The files that go with the next message, until it is sent.
import { signal } from "@preact/signals";
import type { FileInfo } from "../client.ts";
import { keyOf } from "./code.ts";

/** A file that is being uploaded, was, or couldn't be. */
export interface Attachment {
  key: number;
  /** As the user has chosen it. */
  file: File;
  /** What is sent in place of a large photo, unless the user wants the original. */
  smaller?: File;
  original?: boolean;
  /** What it shows, in the user's words. */
  alt?: string;
  /** How much of it the server has, from 0 to 1. */
  progress: number;
  stored?: FileInfo;
  /** Why it isn't uploaded. */
  error?: string;
}

/** By keyOf; no list is empty. They outlive a visit to another room, but not the page. */
export const attached = signal<ReadonlyMap<string, readonly Attachment[]>>(new Map());

const none: readonly Attachment[] = [];

export const attachedIn = (code: string): readonly Attachment[] => attached.value.get(keyOf(code)) ?? none;

/** Replaces the files of the next message in a room. */
export function attachIn(code: string, files: readonly Attachment[]): void {
  const all = new Map(attached.peek());
  if (files.length > 0) all.set(keyOf(code), files);
  else all.delete(keyOf(code));
  attached.value = all;
}
