// What <snug-room> itself says, in all languages: it can load nothing later, as the server may refuse that.
import type { Language } from "../texts/languages.ts";

interface ElementTexts {
  /** The name of the frame, for screen readers. */
  label: (code: string) => string;
  /** There is no room with such a code. */
  noCode: string;
  refused: string;
  /** What has to be done. */
  allow: (site: string, flag: string) => string;
}

export const elementTexts: Record<Language, ElementTexts> = {
  ar: {
    label: (code) => `دردشة: ${code}`,
    noCode: 'يحتاج snug-room إلى رمز غرفة صالح: \u2066code="…"\u2069.',
    refused: "لا يمكن عرض الدردشة هنا.",
    allow: (site, flag) =>
      `لا يسمح خادمها لـ \u2066${site}\u2069 بعرضها، أو تعذّر الوصول إليه. يسمح مشغّل الخادم بذلك باستخدام \u2066${flag}\u2069.`,
  },
  de: {
    label: (code) => `Chat: ${code}`,
    noCode: 'snug-room braucht einen gültigen Raumcode: code="…".',
    refused: "Der Chat kann hier nicht gezeigt werden.",
    allow: (site, flag) =>
      `Sein Server erlaubt ${site} nicht, ihn zu zeigen, oder ist nicht erreichbar. Wer den Server betreibt, erlaubt es mit ${flag}.`,
  },
  en: {
    label: (code) => `Chat: ${code}`,
    noCode: 'snug-room needs a valid room code: code="…".',
    refused: "The chat can't be shown here.",
    allow: (site, flag) =>
      `Its server doesn't allow ${site} to show it, or can't be reached. The operator of the server allows it with ${flag}.`,
  },
  es: {
    label: (code) => `Chat: ${code}`,
    noCode: 'snug-room necesita un código de sala válido: code="…".',
    refused: "El chat no se puede mostrar aquí.",
    allow: (site, flag) =>
      `Su servidor no permite que ${site} lo muestre, o no está disponible. Quien administra el servidor lo permite con ${flag}.`,
  },
  fr: {
    label: (code) => `Chat : ${code}`,
    noCode: 'snug-room a besoin d’un code de salon valide : code="…".',
    refused: "Le chat ne peut pas être affiché ici.",
    allow: (site, flag) =>
      `Son serveur n’autorise pas ${site} à l’afficher, ou n’est pas joignable. L’administrateur du serveur l’autorise avec ${flag}.`,
  },
  ja: {
    label: (code) => `チャット: ${code}`,
    noCode: 'snug-room には有効なルームコードが必要です: code="…"。',
    refused: "ここにはチャットを表示できません。",
    allow: (site, flag) =>
      `サーバーが ${site} での表示を許可していないか、サーバーに接続できません。サーバーの管理者は ${flag} で許可できます。`,
  },
  zh: {
    label: (code) => `聊天：${code}`,
    noCode: 'snug-room 需要有效的房间代码：code="…"。',
    refused: "无法在此处显示聊天。",
    allow: (site, flag) => `服务器不允许 ${site} 显示它，或者无法连接服务器。服务器的运营者可以用 ${flag} 允许。`,
  },
};
