/** Options of an interface as ifquery prints them: `name: value`, in their order. */
export function printOptions(variables: readonly { name: string; value: string }[]): string[] {
  return variables.map(({ name, value }) => `${name}: ${value}`);
}
