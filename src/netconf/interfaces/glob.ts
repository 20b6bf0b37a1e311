/** Shell patterns as fnmatch(3) without flags has them: `*`, `?`, `[abc]`, `[!a-z]`, `[[:digit:]]`, `\` before any of them. */

type Piece = "any" | ((character: string) => boolean);

const classes: Record<string, RegExp> = {
  alnum: /[a-z0-9]/i,
  alpha: /[a-z]/i,
  blank: /[ \t]/,
  cntrl: /\p{Cc}/u,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9a-f]/i,
};

/** `[…]` from `start`; undefined: no such bracket, `[` stands for itself. */
function bracket(pattern: readonly string[], start: number): { piece: Piece; end: number } | undefined {
  let at = start + 1;
  const inverted = pattern[at] === "!" || pattern[at] === "^";
  if (inverted) at++;
  const tests: ((character: string) => boolean)[] = [];
  for (const first = at; pattern[at] !== undefined && (pattern[at] !== "]" || at === first); at++) {
    const end = pattern[at] === "[" && pattern[at + 1] === ":" ? pattern.indexOf(":", at + 2) : -1;
    const named = end > 0 && pattern[end + 1] === "]" ? classes[pattern.slice(at + 2, end).join("")] : undefined;
    if (named) {
      tests.push((character) => named.test(character));
      at = end + 1;
      continue;
    }
    if (pattern[at] === "\\" && pattern[at + 1] !== undefined) at++;
    const from = pattern[at] ?? "";
    const isRange = pattern[at + 1] === "-" && pattern[at + 2] !== undefined && pattern[at + 2] !== "]";
    if (isRange) at += 2;
    const to = pattern[at] ?? "";
    tests.push((character) => character >= from && character <= to);
  }
  if (pattern[at] !== "]") return undefined;
  return { piece: (character) => tests.some((test) => test(character)) !== inverted, end: at };
}

function piecesOf(pattern: string): Piece[] {
  const characters = Array.from(pattern);
  const pieces: Piece[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    const found = character === "[" ? bracket(characters, at) : undefined;
    if (found) {
      pieces.push(found.piece);
      at = found.end;
    } else if (character === "*") pieces.push("any");
    else if (character === "?") pieces.push(() => true);
    else {
      const literal = character === "\\" ? (characters[++at] ?? "\\") : character;
      pieces.push((other) => other === literal);
    }
  }
  return pieces;
}

/** Whether the whole text is what the pattern says. Takes time by the product of both lengths at worst. */
export function matches(pattern: string, text: string): boolean {
  const pieces = piecesOf(pattern);
  const characters = Array.from(text);
  let piece = 0;
  let star: { piece: number; at: number } | undefined;
  for (let at = 0; at < characters.length; ) {
    const next = pieces[piece];
    if (next === "any") star = { piece: ++piece, at };
    else if (next?.(characters[at] ?? "")) {
      piece++;
      at++;
    } else if (star) {
      piece = star.piece;
      at = ++star.at;
    } else return false;
  }
  while (pieces[piece] === "any") piece++;
  return piece === pieces.length;
}

/** Whether a word has anything of a pattern in it. */
export function isPattern(word: string): boolean {
  return /[*?[]/.test(word);
}
