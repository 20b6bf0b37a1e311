/** Text of strangers on a terminal: what a device or its neighbour is called must not steer it. */

/** Controls of C0 (but tab and line feed), DEL and C1, and the marks that turn the direction of writing. */
const steering = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** With such characters written out, `\u001b`: JSON stays the same JSON. */
export function printable(text: string): string {
  return text.replace(steering, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** For one column of one line: tabs and line ends are written out, too. */
export function cell(text: string): string {
  return text.replace(/[\t\n]/g, (mark) => (mark === "\t" ? "\\u0009" : "\\u000a"));
}
