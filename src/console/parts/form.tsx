import type { Child } from "hono/jsx";
import type { z } from "zod";
import { type Field, fieldsOf } from "./form-fields.ts";
import { Alert } from "./text.tsx";
import { formatNumber } from "./units.ts";

interface ControlProps {
  field: Field;
  id: string;
  value: unknown;
  described: string | undefined;
  invalid: boolean;
  autofocus: boolean;
}

function Control({ field, id, value, described, invalid, autofocus }: ControlProps) {
  const shared = {
    id,
    name: field.key,
    required: field.required && field.type !== "boolean",
    "aria-describedby": described,
    "aria-invalid": invalid ? "true" : undefined,
    autofocus,
  };
  const text =
    value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  switch (field.type) {
    case "boolean":
      return <input type="checkbox" {...shared} checked={value === true} />;
    case "choice":
      return (
        <select {...shared}>
          {!field.required && field.default === undefined && <option value="">–</option>}
          {field.choices.map((choice) => (
            <option value={choice} selected={choice === value}>
              {choice}
            </option>
          ))}
        </select>
      );
    case "list":
      return (
        <textarea {...shared} rows={4}>
          {Array.isArray(value) ? value.join("\n") : text}
        </textarea>
      );
    case "json":
      return (
        <textarea {...shared} rows={4} class="code">
          {text}
        </textarea>
      );
    case "secret":
      return <input type="password" {...shared} maxlength={field.maxLength} autocomplete="off" />;
    case "text":
      return <input type="text" {...shared} value={text} maxlength={field.maxLength} autocomplete="off" />;
    default:
      return (
        <input
          type="number"
          {...shared}
          value={text}
          min={field.min}
          max={field.max}
          step={field.type === "integer" ? 1 : "any"}
          inputmode={field.type === "integer" ? "numeric" : "decimal"}
        />
      );
  }
}

function hintOf(field: Field): string {
  const hints = [field.help.replace(/\.$/, "")];
  if (field.type === "list") hints.push("one a line");
  if (field.type === "json") hints.push("as JSON");
  const [least, most] = [field.min, field.max].map((bound) => bound !== undefined && formatNumber(bound, 6));
  if (least && most) hints.push(`${least} to ${most}`);
  else if (least && field.min !== 0) hints.push(`${least} or more`);
  else if (most) hints.push(`${most} at most`);
  const text = hints.filter(Boolean).join("; ");
  return text && `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

interface FieldRowProps {
  field: Field;
  id: string;
  value: unknown;
  error: string | undefined;
  /** The first that is wrong has the focus. */
  autofocus: boolean;
}

function FieldRow({ field, id, value, error, autofocus }: FieldRowProps) {
  const hint = hintOf(field);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const control = <Control {...{ field, id, value, described, autofocus }} invalid={error !== undefined} />;
  const label = (
    <label for={id}>
      {field.title}
      {field.required && field.type !== "boolean" && <span class="required"> (needed)</span>}
    </label>
  );
  return (
    <div class={field.type === "boolean" ? "field check" : "field"}>
      {field.type === "boolean" ? [control, label] : [label, control]}
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} class="error">
          {error}
        </p>
      )}
    </div>
  );
}

interface SchemaFormProps {
  /** Prefix of the fields' ids. */
  id: string;
  schema: z.ZodType;
  action: string;
  /** The submit button's text. */
  verb: string;
  xsrf: string;
  dangerous?: boolean;
  values?: Record<string, unknown>;
  /** As `parseForm` gives them. */
  errors?: Record<string, string>;
  /** Hidden fields and what else belongs in the form. */
  children?: Child;
}

/** A form that asks for the options of a command; posted back, `parseForm` reads it. */
export function SchemaForm(props: SchemaFormProps) {
  const { id, schema, values = {}, errors = {} } = props;
  const fields = fieldsOf(schema);
  const firstWrong = fields.find(({ key }) => errors[key] !== undefined);
  return (
    <form method="post" action={props.action} class="form">
      <input type="hidden" name="xsrf" value={props.xsrf} />
      {props.children}
      {errors[""] && (
        <Alert tone="bad" live>
          {errors[""]}
        </Alert>
      )}
      {fields.map((field) => (
        <FieldRow
          field={field}
          id={`${id}-${field.key}`}
          value={Object.hasOwn(values, field.key) ? values[field.key] : field.default}
          error={errors[field.key]}
          autofocus={field === firstWrong}
        />
      ))}
      <div class="actions">
        <button type="submit" class={props.dangerous ? "danger" : "primary"}>
          {props.verb}
        </button>
      </div>
    </form>
  );
}
