/** A config.yml that names every key with its meaning and its default, and sets none. */
import { type Key, keys, variableOf } from "./keys.ts";
import { duration } from "./kind.ts";

const units: [string, number][] = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
];

/** A key's default as it would be written into the file. */
export function shownDefault({ kind, default: preset }: Pick<Key<unknown>, "kind" | "default">): string {
  if (kind === duration && typeof preset === "number") {
    const [unit, seconds] = units.find(([, size]) => preset > 0 && preset % size === 0) ?? ["s", 1];
    return `${preset / seconds}${unit}`;
  }
  if (Array.isArray(preset)) return `[${preset.map((item) => JSON.stringify(item)).join(", ")}]`;
  if (typeof preset === "object") return JSON.stringify(preset).replaceAll('":', '": ').replaceAll(',"', ', "');
  return typeof preset === "string" && !/^[A-Za-z][\w./-]*$/.test(preset) ? JSON.stringify(preset) : String(preset);
}

function wrapComment(text: string, indent: string): string {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > 100) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}

export function configTemplate(): string {
  const groups = new Set<string>();
  const parts = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => {
    const path = name.split(".");
    const last = path.pop();
    const indent = "  ".repeat(path.length);
    const heads = path.map((group, depth) => {
      const whole = path.slice(0, depth + 1).join(".");
      if (groups.has(whole)) return "";
      groups.add(whole);
      return `${"  ".repeat(depth)}${group}:\n`;
    });
    const text = `${key.help}; ${key.kind.expected}, or the variable ${variableOf(name)}`;
    return `${heads.join("")}${wrapComment(text, indent)}\n${indent}#${last}: ${shownDefault(key)}\n`;
  });
  return `# Configuration of Reeve: see reeve-config(5). Every key stands here with its default; take the # away before a
# key to change it. \`reeve daemon config\` prints what is in force and where each value came from.

${parts.join("\n")}`;
}
