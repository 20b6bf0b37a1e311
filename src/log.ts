/**
 * Log lines: `[component][LEVEL] message key=value …` on a terminal, one JSON object a line otherwise. Messages are
 * constants, data goes into fields, and fields whose name tells a secret are never written.
 */

export const levels = ["ERROR", "WARNING", "INFO", "DEBUG"] as const;
export type Level = (typeof levels)[number];
export type Fields = Record<string, unknown>;

export interface LogSettings {
  /** The least important level that is written. */
  level: Level;
  /** `auto`: `text` on a terminal, else `json`. */
  format: "auto" | "text" | "json";
  /** Where a finished line goes; standard error unless told otherwise. */
  write: (line: string) => void;
}

const settings: LogSettings = {
  level: "INFO",
  format: "auto",
  write: (line) => void process.stderr.write(line),
};

export function configureLog(change: Partial<LogSettings>): void {
  Object.assign(settings, change);
}

/** The present level and format, to hand to a child process. */
export function logSettings(): Pick<LogSettings, "level" | "format"> {
  return { level: settings.level, format: settings.format };
}

const secretName = /pass(word|phrase|wd)?|secret|token|credential|authorization|cookie|private_?key/i;

/** A copy fit for a log: errors become text, secrets become "***", depth is bounded. */
export function redact(value: unknown, depth = 0): unknown {
  if (value instanceof Error) {
    const code = "code" in value ? ` (${String(value.code)})` : "";
    const cause = value.cause === undefined || depth > 3 ? "" : `; cause: ${redact(value.cause, depth + 1)}`;
    return `${value.name}: ${value.message}${code}${cause}`;
  }
  if (typeof value === "bigint") return String(value);
  if (value === null || typeof value !== "object") return value;
  if (depth > 4) return "…";
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1));
  const copy: Fields = {};
  for (const [key, item] of Object.entries(value)) {
    copy[key] = secretName.test(key) && item !== undefined && item !== null ? "***" : redact(item, depth + 1);
  }
  return copy;
}

// A line of log stays one line, whatever a peer put into a field: JSON escapes every line end.
function text(value: unknown): string {
  const plain = Array.isArray(value) && value.every((item) => typeof item !== "object") ? value.join(",") : value;
  if (typeof plain === "string" && /^[\w.:/@+,%-]+$/.test(plain)) return plain;
  return JSON.stringify(plain) ?? "undefined";
}

export class Logger {
  readonly component: string;
  constructor(component: string) {
    this.component = component;
  }
  error(message: string, fields?: Fields): void {
    this.line("ERROR", message, fields);
  }
  warning(message: string, fields?: Fields): void {
    this.line("WARNING", message, fields);
  }
  info(message: string, fields?: Fields): void {
    this.line("INFO", message, fields);
  }
  debug(message: string, fields?: Fields): void {
    this.line("DEBUG", message, fields);
  }

  private line(level: Level, message: string, fields: Fields = {}): void {
    if (levels.indexOf(level) > levels.indexOf(settings.level)) return;
    const safe = redact(fields) as Fields;
    const asText = settings.format === "text" || (settings.format === "auto" && process.stderr.isTTY);
    if (asText) {
      const data = Object.entries(safe).map(([key, value]) => ` ${key}=${text(value)}`);
      settings.write(`[${this.component}][${level}] ${message}${data.join("")}\n`);
      return;
    }
    const record = { time: new Date().toISOString(), level, component: this.component, message, ...safe };
    settings.write(`${JSON.stringify(record)}\n`);
  }
}

export function logger(component: string): Logger {
  return new Logger(component);
}
