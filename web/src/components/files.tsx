// Files: those of a message, and those that go with the next one.
import type { FileInfo } from "../../client.ts";
import { chosenFile, describe, removeAttachment, retryUpload, sendOriginal, sizeText } from "../session/attachments.ts";
import { attachedIn, type Attachment } from "../attached.ts";
import { imageSize } from "../shown-images.ts";
import { store } from "../store.ts";
import { isolated, number, t, texts } from "../texts.ts";
import { fileTexts } from "../texts/files.ts";
import { Icon } from "./later-icons.tsx";
import { altOf, urlOf } from "./large-image.tsx";

const f = () => texts("files", fileTexts);

/** How many characters the text that describes a file may have. */
const mostAlt = 1000;

/** The files of a message. An image has its place before it is there, so that nothing jumps. */
export function Files({ files }: { files: readonly FileInfo[] }) {
  return (
    <ul class="files">
      {files.map((file) => (
        <li key={file.id}>
          <OneFile file={file} />
        </li>
      ))}
    </ul>
  );
}

function OneFile({ file }: { file: FileInfo }) {
  const { type, name } = file;
  const url = urlOf(file);
  const size = imageSize(file);
  if (size)
    return (
      <button
        type="button"
        class="image"
        tabIndex={-1}
        aria-label={f().large(isolated(file.alt ?? name))}
        onClick={() => {
          store.room.image.value = file;
          store.panel.value = "image";
        }}
      >
        {/* Its shape is this one also when it is there: its own differs by a part of a pixel. */}
        <img
          src={url}
          alt={altOf(file)}
          loading="lazy"
          decoding="async"
          {...size}
          style={{ aspectRatio: `${size.width} / ${size.height}` }}
        />
      </button>
    );
  if (type.startsWith("video/")) return <video src={url} controls preload="metadata" aria-label={file.alt ?? name} />;
  if (type.startsWith("audio/")) return <audio src={url} controls preload="none" aria-label={file.alt ?? name} />;
  return (
    <a class="file" href={url} target="_blank" rel="noopener" title={file.alt}>
      <Icon name="file" />
      <bdi>{name}</bdi> <span class="size">{sizeText(file.size)}</span>
    </a>
  );
}

/** The files that go with the next message. */
export function Attachments() {
  return (
    <ul class="attachments" aria-label={f().attached}>
      {attachedIn(store.room.code.value).map((a) => (
        <OneAttachment key={a.key} attachment={a} />
      ))}
    </ul>
  );
}

function OneAttachment({ attachment: a }: { attachment: Attachment }) {
  const { key, file, error } = a;
  const name = isolated(file.name);
  const { size } = chosenFile(a);
  const most = store.room.limits.value?.file_bytes ?? 0;
  const isImage = file.type.startsWith("image/");
  return (
    <li class={error ? "failed" : ""}>
      <div class="which">
        <bdi>{file.name}</bdi>
        <span class="hint" role={error ? "alert" : undefined}>
          {error ?? sizeText(size)}
        </span>
        {!a.stored && !error && (
          <progress value={a.progress} aria-label={f().uploading(name, number(Math.round(a.progress * 100)))} />
        )}
        {a.smaller && file.size <= most && (
          <label class="check">
            <input
              type="checkbox"
              checked={a.original ?? false}
              onChange={(e) => sendOriginal(key, e.currentTarget.checked)}
            />
            <span>{f().original(sizeText(file.size))}</span>
          </label>
        )}
        {isImage && !error && (
          <input
            class="alt"
            dir="auto"
            value={a.alt ?? ""}
            maxLength={mostAlt}
            placeholder={f().describeHint}
            aria-label={f().describe(name)}
            autocomplete="off"
            onInput={(e) => describe(key, e.currentTarget.value)}
          />
        )}
      </div>
      {error && size > 0 && size <= most && (
        <button type="button" class="link" aria-label={`${t().retry}: ${name}`} onClick={() => retryUpload(key)}>
          {t().retry}
        </button>
      )}
      <button
        type="button"
        class="plain small"
        aria-label={f().remove(name)}
        title={f().remove(name)}
        onClick={() => removeAttachment(key)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
