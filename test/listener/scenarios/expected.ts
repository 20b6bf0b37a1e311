/** What the other handlers get, as it follows from the calls with letters. */
import type { Lines, Scenario } from "./words.ts";

export const handlers = ["calls", "objects", "python", "limited", "deletes"] as const;
export type HandlerName = (typeof handlers)[number];
export type Mode = "live" | "away";

/** Sequences, each in order; they may interleave. */
export function expected(scenario: Scenario, handler: HandlerName, mode: Mode): string[][] {
  const calls = chains(mode === "away" ? (scenario.away ?? scenario.live) : scenario.live);
  if (handler === "calls") return calls;
  const otherwise = scenario[handler];
  const said = mode === "away" ? (otherwise?.away ?? (scenario.away ? undefined : otherwise?.live)) : otherwise?.live;
  return said ? chains(said) : calls.map((lines) => derived[handler](lines)).filter(({ length }) => length > 0);
}

function chains(lines: Lines): string[][] {
  if (lines.length === 0) return [];
  return Array.isArray(lines[0]) ? (lines as string[][]) : [lines as string[]];
}

const derived: Record<Exclude<HandlerName, "calls">, (lines: string[]) => string[]> = {
  objects,
  python: (lines) => lines,
  limited,
  deletes: (lines) => lines.filter((line) => line.startsWith("d ")),
};

function parts(line: string): { letter: string; dn: string; sides: string[] } {
  const [, letter = "", dn = "", sides = ""] = /^(\w) (.*) \((.*)\)$/.exec(line) ?? [];
  return { letter, dn, sides: sides.split(/ ?→ ?/) };
}

/** r, a and maybe m are one modification with the old DN. */
function objects(lines: string[]): string[] {
  const told: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const { letter, dn, sides } = parts(lines[at]!);
    const next = parts(lines[at + 1] ?? "");
    if (letter === "r" && next.letter === "a") {
      told.push(`modify ${next.dn} from ${dn} (${sides[0]} → ${next.sides[0]})`);
      const after = parts(lines[at + 2] ?? "");
      // Of the same event if it leads from the very side that went.
      const same = after.letter === "m" && after.dn === next.dn && after.sides[1] === next.sides[0];
      at += same && after.sides[0] === sides[0] ? 2 : 1;
    } else {
      const word = { a: "create", n: "create", m: "modify", d: "remove", r: "remove" }[letter];
      told.push(`${word} ${dn} (${sides.join(" → ")})`);
    }
  }
  return told;
}

/** Without the letter only the sides tell what it is; modifications count that touch `l`. */
function limited(lines: string[]): string[] {
  const l = (side = "") =>
    side
      .split(" ")
      .filter((word) => /^l[=;]/.test(word))
      .join(" ");
  return lines.flatMap((line) => {
    const { letter, dn, sides } = parts(line);
    if (letter === "m") return l(sides[0]) === l(sides[1]) ? [] : [line];
    return [`${letter === "a" ? "+" : "−"} ${dn} (${sides[0]})`];
  });
}
