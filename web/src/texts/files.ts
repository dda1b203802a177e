// What is said about files. It is loaded after the page.

export const fileTexts = {
  tooLarge: (most: string) => `It is too large: a file may have ${most}.`,
  tooMany: "A message may have 10 files.",
  empty: "The file is empty.",
  failed: "It couldn't be uploaded.",
  add: "Add to the message",
  attach: "Attach files",
  camera: "Take a photo",
  attached: "Files of your message",
  uploading: (name: string, percent: string) => `Uploading ${name}: ${percent} %`,
  remove: (name: string) => `Remove ${name}`,
  original: (size: string) => `Send the original (${size})`,
  describe: (name: string) => `What does ${name} show? For those who can't see it`,
  describeHint: "What does it show?",
  image: (name: string) => `Image: ${name}`,
  large: (name: string) => `Show ${name} large`,
  save: "Open the file",
  previous: "Previous image",
  next: "Next image",
  which: (n: string, count: string, what: string) => `Image ${n} of ${count}: ${what}`,
};
