/** Figures, repeated: taken in turns, so that what disturbs the machine disturbs all that is compared. */

export interface Turns {
  /** Rounds whose figures are thrown away. */
  warmup: number;
  repetitions: number;
}

/** What is compared: each call is one repetition and gives its figure, or several. */
export type Subjects<Name extends string, Figure> = Record<Name, () => Promise<Figure> | Figure>;

/** The figures of each subject: A, B, C, A, B, C, … Index i of every list belongs to round i. */
export async function inTurns<Name extends string, Figure>(
  subjects: Subjects<Name, Figure>,
  { warmup, repetitions }: Turns,
): Promise<Record<Name, Figure[]>> {
  const entries = Object.entries(subjects) as [Name, () => Promise<Figure> | Figure][];
  const figures = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Record<Name, Figure[]>;
  for (let round = -warmup; round < repetitions; round++) {
    for (const [name, run] of entries) {
      const figure = await run();
      if (round >= 0) figures[name].push(figure);
    }
  }
  return figures;
}

/** Milliseconds that `work` takes. */
export async function milliseconds(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** The value below which the share `part` of the values lies; of no values, NaN. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Median of the ratios round by round, where both have as many rounds; else the ratio of the medians. */
export function ratio(values: readonly number[], peer: readonly number[]): number {
  if (values.length !== peer.length) return median(values) / median(peer);
  return median(values.map((value, round) => value / (peer[round] ?? Number.NaN)));
}
