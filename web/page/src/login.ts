import { createContext, useContext } from 'react';

/** Opens the login dialog; the app provides it. */
export const LoginContext = createContext<() => void>(() => undefined);

export function useOpenLogin(): () => void {
  return useContext(LoginContext);
}
