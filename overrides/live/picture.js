/**
 * Shows an image that a cell has drawn itself, by Matplotlib for one.
 */

import { MIME_PNG, MIME_SVG, MIME_TEXT } from "./protocol.js";

/**
 * The image, or null when there is none. In an <img> an SVG is a picture and no markup of the page:
 * it runs no script and loads nothing.
 * @param {Record<string, unknown>} data by MIME type
 * @param {Document} document
 */
export function picture(data, document) {
  const svg = data[MIME_SVG];
  const png = data[MIME_PNG];
  if (svg === undefined && png === undefined) return null;
  const image = document.createElement("img");
  image.className = "dl-out dl-picture";
  image.alt = String(data[MIME_TEXT] ?? "");
  image.src =
    svg === undefined
      ? `data:${MIME_PNG};base64,${png}`
      : `data:${MIME_SVG};charset=utf-8,${encodeURIComponent(String(svg))}`;
  return image;
}
