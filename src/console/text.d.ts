// Files embedded as text by `import … with { type: "text" }`.
declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*.svg" {
  const text: string;
  export default text;
}
declare module "*/client/console.js" {
  const text: string;
  export default text;
}
declare module "*/client/live.js" {
  const text: string;
  export default text;
}
declare module "*/client/theme.js" {
  const text: string;
  export default text;
}
declare module "htmx.org/dist/htmx.min.js" {
  const text: string;
  export default text;
}
