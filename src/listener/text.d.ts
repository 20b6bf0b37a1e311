// Files embedded as text by `import … with { type: "text" }`.
declare module "*.py" {
  const text: string;
  export default text;
}
declare module "*.d.ts.txt" {
  const text: string;
  export default text;
}
