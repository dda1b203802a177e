// What is said about files. It is loaded after the page, in all languages at once.

const en = {
  tooLarge: (most: string) => `It is too large: a file may have ${most}.`,
  tooMany: "A message may have 10 files.",
  failed: "It couldn't be uploaded.",
  attached: "Files of your message",
  uploading: (name: string, percent: string) => `Uploading ${name}: ${percent} %`,
  remove: (name: string) => `Remove ${name}`,
  again: (name: string) => `Upload ${name} again`,
  image: (name: string) => `Image: ${name}`,
  open: (name: string) => `Open ${name}`,
  large: (name: string) => `Show ${name} large`,
  save: "Open the original",
};

const zh: typeof en = {
  tooLarge: (most) => `文件太大：最多 ${most}。`,
  tooMany: "一条消息最多 10 个文件。",
  failed: "上传失败。",
  attached: "消息的文件",
  uploading: (name, percent) => `正在上传 ${name}：${percent}%`,
  remove: (name) => `移除 ${name}`,
  again: (name) => `重新上传 ${name}`,
  image: (name) => `图片：${name}`,
  open: (name) => `打开 ${name}`,
  large: (name) => `放大 ${name}`,
  save: "打开原图",
};

export const fileTexts = { en, zh };
