/** Characters that could break the line or play tricks on a terminal: controls, separators, direction marks. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Text from outside (paths, names, values), safe on a terminal and in a one-line message: what could harm is shown as `\uNNNN`. */
export function escapeControls(text: string): string {
  return text.replace(unprintable, escapeCharacter);
}
