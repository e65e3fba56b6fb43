// Who we are: an access token that is always good for a while yet.

import { ask, done, Fault } from "./api.js";
import { LogInDocument, RefreshSessionDocument, type TokensFragment } from "./generated.js";

/** A token that ends sooner than this is exchanged before it is used. */
const MARGIN_MS = 30_000;

export class Session {
  #renewal: Promise<void> | undefined;
  /** Should the answer be lost on its way, the same id gets the same answer, and the session lives. */
  #renewalId = crypto.randomUUID();

  private constructor(
    readonly site: string,
    private tokens: TokensFragment,
  ) {}

  static async logIn(site: string, nameOrEmail: string, password: string): Promise<Session> {
    const { logIn } = await ask(site, LogInDocument, { input: { nameOrEmail, password } });
    return new Session(site, given(done(logIn).session));
  }

  async accessToken(): Promise<string> {
    if (Date.parse(this.tokens.expiresAt) - Date.now() < MARGIN_MS) await this.renew();
    return this.tokens.accessToken;
  }

  /** A refresh token is good once: whoever asks while it is on its way waits for the same exchange. */
  async renew(): Promise<void> {
    this.#renewal ??= this.#exchange().finally(() => {
      this.#renewal = undefined;
    });
    await this.#renewal;
  }

  async #exchange(): Promise<void> {
    const input = { refreshToken: this.tokens.refreshToken, clientMutationId: this.#renewalId };
    const { refreshSession } = await ask(this.site, RefreshSessionDocument, { input });
    this.tokens = given(done(refreshSession).session);
    this.#renewalId = crypto.randomUUID();
  }
}

function given(tokens: TokensFragment | null): TokensFragment {
  if (tokens === null) throw new Fault("the answer has no session", "INTERNAL");
  return tokens;
}
