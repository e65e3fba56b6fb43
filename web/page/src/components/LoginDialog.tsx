import { useState, type FormEvent } from 'react';
import { mutate } from '../api/api';
import { LOG_IN, REGISTER } from '../api/operations';
import { logInWith } from '../api/session';
import type { Session, UserError } from '../api/types';
import { Dialog } from './Dialog';
import { Errors, Field, otherErrors } from './Field';

/** Logs in or registers; closes when there is a session. */
export function LoginDialog({ onClose }: { onClose: () => void }) {
  const [isNew, setNew] = useState(false);
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [errors, setErrors] = useState<UserError[]>([]);
  const [isBusy, setBusy] = useState(false);
  const nameField = isNew ? 'name' : 'nameOrEmail';

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const payload = isNew
      ? await mutate<{ session: Session }>(REGISTER, 'register', { name, email, password })
      : await mutate<{ session: Session }>(LOG_IN, 'logIn', { nameOrEmail: name, password });
    setBusy(false);
    setErrors(payload.errors);
    if (payload.session) {
      logInWith(payload.session);
      onClose();
    }
  }

  return (
    <Dialog title={isNew ? 'Create your account' : 'Welcome back'} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Field
          label={isNew ? 'Name' : 'Name or e-mail'}
          name={nameField}
          hint={isNew ? 'Shown in chat, and the address of your channel.' : ''}
          value={name}
          onChange={(event) => setName(event.target.value)}
          errors={errors}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          data-testid="login-name"
        />
        {isNew && (
          <Field
            label="E-mail"
            name="email"
            type="email"
            hint="Only you see it."
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            errors={errors}
            autoComplete="email"
            data-testid="register-email"
          />
        )}
        <Field
          label="Password"
          name="password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          errors={errors}
          autoComplete={isNew ? 'new-password' : 'current-password'}
          data-testid="login-password"
        />
        <Errors errors={otherErrors(errors, [nameField, 'email', 'password'])} />
        <button type="submit" className="primary wide" disabled={isBusy} data-testid="login-submit">
          {isNew ? 'Create account' : 'Log in'}
        </button>
      </form>
      <p className="switch">
        {isNew ? 'You have an account?' : 'New here?'}{' '}
        <button
          type="button"
          className="link"
          onClick={() => {
            setNew(!isNew);
            setErrors([]);
          }}
          data-testid="register-switch"
        >
          {isNew ? 'Log in' : 'Create an account'}
        </button>
      </p>
    </Dialog>
  );
}
