/** The inventory corpus beside the checkout, and how an answer of ours is compared with its expected one. */
import { existsSync, readFileSync } from "node:fs";

export interface Vector {
  test: string;
  name: string;
  files: string[];
  expected: unknown;
}

const corpus = new URL("../../../../shared/corpus/inventory/", import.meta.url);

/** Empty when the corpus is not there. */
export function readVectors(): Vector[] {
  const path = new URL("vectors.jsonl", corpus);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Vector);
}

export function corpusBytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`files/${file}`, corpus)));
}

export function corpusText(file: string): string {
  return new TextDecoder().decode(corpusBytes(file));
}

/** Short name of a vector: the peer's test file and the case. */
export function title(vector: Vector): string {
  return `${vector.test.split("/").slice(-1)[0]} ${vector.name}`;
}

/**
 * Where an answer differs from what is expected. Numbers and their text are equal, null and absent too; a field that is
 * not expected is no difference (we know more), a row that is not expected is one.
 */
export function differences(ours: unknown, expected: unknown, path = ""): string[] {
  const empty = (value: unknown) => value === undefined || value === null || value === "";
  if (empty(ours) && empty(expected)) return [];
  if (Array.isArray(expected) && Array.isArray(ours)) {
    const length = Math.max(ours.length, expected.length);
    return Array.from({ length }, (_, index) => differences(ours[index], expected[index], `${path}[${index}]`)).flat();
  }
  if (typeof expected === "object" && expected !== null && typeof ours === "object" && ours !== null)
    return Object.entries(expected).flatMap(([key, value]) =>
      differences((ours as Record<string, unknown>)[key], value, `${path}.${key}`),
    );
  if (!empty(ours) && typeof ours !== "object" && String(ours) === String(expected)) return [];
  return [`${path}: ${JSON.stringify(ours)?.slice(0, 100)} instead of ${JSON.stringify(expected)?.slice(0, 100)}`];
}
