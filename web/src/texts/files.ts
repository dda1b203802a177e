// What is said about files. It is loaded after the page, in all languages at once.

const en = {
  tooLarge: (most: string) => `It is too large: a file may have ${most}.`,
  tooMany: "A message may have 10 files.",
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

const zh: typeof en = {
  tooLarge: (most) => `文件太大：最多 ${most}。`,
  tooMany: "一条消息最多 10 个文件。",
  failed: "上传失败。",
  add: "添加到消息",
  attach: "添加文件",
  camera: "拍照",
  attached: "消息的文件",
  uploading: (name, percent) => `正在上传 ${name}：${percent}%`,
  remove: (name) => `移除 ${name}`,
  original: (size) => `发送原图（${size}）`,
  describe: (name) => `${name} 的内容是什么？给看不见图片的人`,
  describeHint: "图片的内容是什么？",
  image: (name) => `图片：${name}`,
  large: (name) => `放大 ${name}`,
  save: "打开文件",
  previous: "上一张图片",
  next: "下一张图片",
  which: (n, count, what) => `第 ${n} 张图片，共 ${count} 张：${what}`,
};

export const fileTexts = { en, zh };
