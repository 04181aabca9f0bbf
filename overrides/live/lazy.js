/**
 * Files of Python's file system that most readers never need: the archive that holds one is
 * downloaded when Python reads it. Python cannot wait, so the request blocks the worker.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { unzipSync } from "fflate";

/** @typedef {import("./snapshot.js").Archive} Archive */

export class Lazy {
  /** @type {Map<string, Uint8Array>} */ #archives = new Map();

  /**
   * @param {object} options
   * @param {string} options.base absolute address of the runtime folder
   * @param {Pick<import("./download.js").RuntimeInfo, "files">} options.info
   * @param {(url: string) => Uint8Array} [options.get] throws when the network fails
   */
  constructor({ base, info, get = getNow }) {
    this.base = base;
    this.info = info;
    this.get = get;
  }

  /**
   * The content of a file, or of the archive itself.
   * @param {Archive} archive
   * @param {string | null} member
   * @returns {Uint8Array}
   */
  read = ({ file }, member) => {
    const archive = this.#archive(file);
    if (member === null) return archive;
    return unzipSync(archive, { filter: ({ name }) => name === member })[member];
  };

  /** @param {string} file */
  #archive(file) {
    const there = this.#archives.get(file);
    if (there) return there;
    const bytes = this.get(this.base + file);
    if (bytesToHex(sha256(bytes)) !== this.info.files[file].sha256) {
      throw new Error(`${file} is not the file it should be.`);
    }
    this.#archives.set(file, bytes);
    return bytes;
  }
}

/** @param {string} url */
function getNow(url) {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`${url} did not load: HTTP ${request.status}.`);
  return new Uint8Array(request.response);
}
