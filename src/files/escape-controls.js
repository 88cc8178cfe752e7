// @ts-check

/** Characters that could break the line or play tricks on a terminal: controls, separators, direction marks. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from outside (paths, names, values), safe on a terminal and in a one-line message: what could harm is shown as `\uNNNN`.
 *
 * @param {string} text
 * @returns {string}
 */
export function escapeControls(text) {
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * The user's text, safe to put into a one-line message.
 *
 * @param {string} text
 * @param {number} [longest] characters; the rest is cut off
 * @returns {string}
 */
export function printable(text, longest = 60) {
  return escapeControls(text.length > longest ? `${text.slice(0, longest)}…` : text);
}
