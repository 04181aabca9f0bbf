/**
 * Code in a link: deflated, then base64url. Whoever opens a link did not write it, so that every
 * size is bounded before it is used, and whatever does not fit ends in a sentence for the reader.
 */

/** Bytes of code as UTF-8, on both ways. */
export const MOST_CODE = 100_000;
/** Characters of the fragment's payload; chats and mail cut longer links. */
export const MOST_FRAGMENT = 32_000;

export const TOO_LONG = "This code is too long for a link.";
export const BROKEN = "The link's code is damaged or incomplete. This is the original code.";
export const OVERSIZED = "The link's code is too long. This is the original code.";
const OLD_BROWSER = "This browser cannot read or make such links. This is the page's own code.";

/** An error whose message is for the reader. */
export class ShareError extends Error {
  name = "ShareError";
}

/**
 * @param {string} code
 * @returns {Promise<string>} for `#cell-<id>&code=…`
 */
export async function encode(code) {
  const bytes = new TextEncoder().encode(code);
  if (bytes.length > MOST_CODE) throw new ShareError(TOO_LONG);
  // A lone surrogate has no UTF-8: the link would hold other code.
  if (decoder().decode(bytes) !== code) throw new ShareError("This code has invalid characters.");
  if (typeof CompressionStream === "undefined") throw new ShareError(OLD_BROWSER);
  const packed = await through(bytes, new CompressionStream("deflate-raw"), Infinity);
  const text = base64url(packed);
  if (text.length > MOST_FRAGMENT) throw new ShareError(TOO_LONG);
  return text;
}

/**
 * @param {string} text
 * @returns {Promise<string>}
 */
export async function decode(text) {
  if (text.length > MOST_FRAGMENT) throw new ShareError(OVERSIZED);
  if (!/^[\w-]+$/.test(text)) throw new ShareError(BROKEN);
  if (typeof DecompressionStream === "undefined") throw new ShareError(OLD_BROWSER);
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    // A few bytes can unpack to gigabytes: reading ends at the limit.
    const bytes = await through(packed, new DecompressionStream("deflate-raw"), MOST_CODE);
    return decoder().decode(bytes).replace(/\r\n?/g, "\n");
  } catch (error) {
    throw error instanceof ShareError ? error : new ShareError(BROKEN);
  }
}

/** Throws at invalid UTF-8, and leaves a byte order mark where it is. */
function decoder() {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {CompressionStream | DecompressionStream} stream
 * @param {number} most
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function through(bytes, stream, most) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > most) {
      reader.cancel().catch(() => {});
      throw new ShareError(OVERSIZED);
    }
    parts.push(part.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
