/** man(7): text that means what it says to troff, and the few requests our pages are made of. */

const special: Record<string, string> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  "…": "\\&...",
};

/** Text as it is, on one line. */
export function roff(text: string): string {
  const plain = text.replace(/\s+/g, " ").replace(/[\\\-'`^~…]/g, (letter) => special[letter] ?? letter);
  return plain.startsWith(".") ? `\\&${plain}` : plain;
}

/** Prose: what stands between backticks is bold, a hyphen within a word is a hyphen. */
export function prose(text: string): string {
  const parts = text.split("`").map((part, at) => {
    if (at % 2 === 1) return `\\fB${roff(part).replace(/^\\&\./, ".")}\\fR`;
    return roff(part).replace(/(?<=[A-Za-z])\\-(?=[A-Za-z])/g, "-");
  });
  const line = parts.join("");
  return /^['.]/.test(line) ? `\\&${line}` : line;
}

export function bold(text: string): string {
  return `\\fB${roff(text).replace(/^\\&\./, ".")}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}

/** A page's head; without a date, so that the same sources make the same page. */
export function title(name: string, section: number, version: string): string {
  return `.TH "${roff(name.toUpperCase())}" "${section}" "" "Reeve ${roff(version)}" "Reeve"`;
}

export function section(name: string, ...lines: string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${name}`, ...lines];
}

/** Paragraphs, the first without a request of its own because a section begins with one. */
export function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, at) => (at === 0 ? [prose(text)] : [".PP", prose(text)]));
}

/** A term and what it means. */
export function item(term: string, ...meaning: string[]): string[] {
  return [".TP", term, ...meaning];
}

/** A line that is typed. */
export function typed(line: string): string[] {
  return [".RS 4", ".EX", roff(line), ".EE", ".RE"];
}

/** `reeve-daemon(1)` */
export function reference(name: string, number: number): string {
  return `${bold(name)}(${number})`;
}

/** A help text, which begins small and has no full stop, as a sentence. What is typed as it is keeps its small letter. */
export function sentence(text: string): string {
  return `${text.replace(/^[a-z]+(?=[ ,;.]|$)/, (word) => word[0]?.toUpperCase() + word.slice(1)).replace(/\.$/, "")}.`;
}
