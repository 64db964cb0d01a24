/** An uploaded file. It is shared (visible) only after files.completeUploadExternal. */
export interface StoredFile {
  id: string;
  name: string;
  title: string;
  altText: string;
  snippetType: string;
  user: string;
  created: number;
  declaredLength: number;
  data?: Buffer;
  completed: boolean;
  /** the secret part of its upload URL */
  uploadKey: string;
}

const TYPES: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  csv: "text/csv",
  json: "application/json",
  gz: "application/gzip",
  pdf: "application/pdf",
  txt: "text/plain",
  log: "text/plain",
  md: "text/plain",
  yml: "text/plain",
  yaml: "text/plain",
  diff: "text/plain",
  conf: "text/plain",
};

/** The media type by the file's name; text/plain for a snippet, octet-stream when unknown. */
export function mediaType(file: StoredFile): string {
  const extension = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  return TYPES[extension] ?? (file.snippetType === "" ? "application/octet-stream" : "text/plain");
}

/** Files by id. */
export class Files {
  readonly #byId = new Map<string, StoredFile>();

  add(file: StoredFile): void {
    this.#byId.set(file.id, file);
  }

  find(id: string): StoredFile | undefined {
    return this.#byId.get(id);
  }

  byUploadKey(key: string): StoredFile | undefined {
    return [...this.#byId.values()].find((file) => file.uploadKey === key);
  }
}
