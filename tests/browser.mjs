// A headless Chromium that is thrown away when it is closed.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function openBrowser() {
  const { chromium } = createRequire(join(process.env.BROWSER_DIR, "package.json"))("playwright-core");
  const profile = mkdtempSync(join(tmpdir(), "tributary-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { page, close };
}

/** Signs in by the page's own dialog. */
export async function signIn(page, name, password) {
  await page.getByTestId("login-open").first().click();
  await page.getByTestId("login-name").fill(name);
  await page.getByTestId("login-password").fill(password);
  await page.getByTestId("login-submit").click();
}

/** Waits until the player has shown some of the video. */
export async function untilPlaying(page) {
  await page.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
}
