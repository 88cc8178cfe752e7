// @ts-check

/** Whether the cursor stands behind a first sign that nothing has replaced yet. */
let isShown = false;

/**
 * Says on a terminal what is happening before a command's modules are loaded, which takes seconds on a slow disk. Plain JavaScript that
 * imports nothing, so that it can be loaded first. The sign stays until something else is shown.
 *
 * @param {string} text for example `Loading train`
 * @param {{ readonly isTTY?: boolean, readonly write: (text: string) => unknown }} [stream]
 */
export function showFirstSign(text, stream = process.stderr) {
  if (stream.isTTY !== true) return;
  stream.write(`${text} …`);
  isShown = true;
}

/**
 * Takes the sign off its line, if it is still there.
 *
 * @param {{ readonly write: (text: string) => unknown }} [stream]
 */
export function clearFirstSign(stream = process.stderr) {
  if (!isShown) return;
  isShown = false;
  stream.write('\r\u001b[K');
}
