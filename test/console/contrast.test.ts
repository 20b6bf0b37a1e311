import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

const css = readFileSync(new URL("../../src/console/client/base.css", import.meta.url), "utf8");
const colours = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)/g)].map(
    ([, name, light, dark]) => [name!, [light!, dark!]] as const,
  ),
);

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((one) => one + one) : hex.slice(1).match(/../g)!;
  const [red = 0, green = 0, blue = 0] = digits
    .map((one) => Number.parseInt(one, 16) / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const backgrounds = ["page", "surface", "raised", "sunken"];
const pairs: [text: string, background: string, least: number][] = [
  ...backgrounds.flatMap((background): [string, string, number][] =>
    ["text", "muted", "accent", "good", "bad", "warning"].map((text) => [text, background, 4.5]),
  ),
  ...["accent", "good", "warning", "bad"].flatMap((tone): [string, string, number][] => [
    [tone, `${tone}-soft`, 4.5],
    ["text", `${tone}-soft`, 4.5],
  ]),
  ["muted", "accent-soft", 4.5],
  ["on-accent", "accent", 4.5],
  ["on-accent", "accent-hover", 4.5],
  // Borders of controls (WCAG 1.4.11).
  ["line-strong", "surface", 3],
  ["line-strong", "page", 3],
];

describe("colours", () => {
  for (const [index, scheme] of ["light", "dark"].entries()) {
    it(`have the contrast of WCAG AA when ${scheme}`, () => {
      for (const [text, background, least] of pairs) {
        const [one, other] = [colours.get(text)?.[index], colours.get(background)?.[index]];
        assert.ok(one && other, `${text} and ${background} are colours`);
        const found = contrast(one, other);
        assert.ok(found >= least, `${text} ${one} on ${background} ${other}: ${found.toFixed(2)}`);
      }
    });
  }
});
