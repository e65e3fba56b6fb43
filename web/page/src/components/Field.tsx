import { useId, type InputHTMLAttributes } from 'react';
import type { UserError } from '../api/types';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string;
  /** All errors of the form; the field shows those that name it. */
  errors: UserError[];
  name: string;
}

/** A labelled input with its refusals beneath it. */
export function Field({ label, hint, errors, name, ...input }: FieldProps) {
  const id = useId();
  const own = errors.filter((error) => error.field === name);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        aria-invalid={own.length > 0}
        aria-describedby={own.length > 0 ? `${id}-error` : undefined}
        {...input}
      />
      {hint && own.length === 0 && <p className="hint">{hint}</p>}
      <div id={`${id}-error`}>
        <Errors errors={own} />
      </div>
    </div>
  );
}

/** Refusals, one line each. */
export function Errors({ errors }: { errors: UserError[] }) {
  return errors.map((error, index) => (
    <p key={index} className="error" role="alert" data-testid="error" data-code={error.code}>
      {error.message}
    </p>
  ));
}

/** The errors that no field of the form shows. */
export function otherErrors(errors: UserError[], fields: string[]): UserError[] {
  return errors.filter((error) => error.field === null || !fields.includes(error.field));
}
