// Drives the finance page in headless Chromium: closed to a stranger and to an admin, open to finance. Prints one
// line of JSON.
//   node finance_page.mjs <site> <name> <another's name> <password> <folder for screenshots>
import { join } from "node:path";
import { openBrowser, signIn } from "./browser.mjs";

const [site, name, other, password, screenshots] = process.argv.slice(2);
const { page, close } = await openBrowser();
try {
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));

  await page.goto(`${site}/finance`);
  await page.getByTestId("finance-closed").waitFor();
  await signIn(page, other, password);
  const refused = page.getByTestId("finance-closed").filter({ hasText: "closed to you" });
  await refused.waitFor();
  const told = await refused.innerText();
  await page.getByTestId("log-out").click();
  await page.getByTestId("login-open").first().waitFor();

  await page.goto(site);
  await signIn(page, name, password);
  await page.getByTestId("finance").click();
  const payouts = page.getByTestId("payout");
  await payouts.first().waitFor();
  const all = await payouts.allInnerTexts();
  const digest = await page.getByTestId("digest").innerText();
  const totals = await page.getByTestId("total").allInnerTexts();
  const closes = await page.getByTestId("closes").innerText();
  const points = page.getByTestId("open-points");
  await page.waitForFunction(() => document.querySelector('[data-testid="open-points"]').ariaBusy !== "true");
  const open = await points.innerText();
  await page.screenshot({ path: join(screenshots, "finance.png"), fullPage: true });

  await page.getByTestId("payout-state").selectOption("SENT");
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="payout"]').length === 1);
  const sent = await payouts.allInnerTexts();
  // Before anything happened.
  await page.getByTestId("as-of").fill("2020-01-01");
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="total"]').length === 0);

  await page.setViewportSize({ width: 420, height: 900 });
  await page.screenshot({ path: join(screenshots, "finance-narrow.png") });
  const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  console.log(JSON.stringify({ told, all, digest, totals, closes, open, sent, isTooWide, errors }));
} catch (error) {
  await page.screenshot({ path: join(screenshots, "failed.png") });
  throw error;
} finally {
  await close();
}
