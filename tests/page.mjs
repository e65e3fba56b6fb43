// Drives the page in headless Chromium: watches a channel, signs in, chats, and then reads the chat again in
// GraphiQL. Prints one line of JSON.
//   node page.mjs <site> <channel> <name> <password> <folder for screenshots>
import { join } from "node:path";
import { openBrowser, signIn, untilPlaying } from "./browser.mjs";

const [site, channel, name, password, screenshots] = process.argv.slice(2);
const { page, close } = await openBrowser();
try {
  const outside = [];
  const errors = [];
  page.on("request", (request) => {
    if (!/^(blob:|data:)/.test(request.url()) && new URL(request.url()).host !== new URL(site).host) {
      outside.push(request.url());
    }
  });
  page.on("pageerror", (error) => errors.push(String(error)));

  await page.goto(site);
  await page.getByTestId("live-card").first().waitFor();
  await page.screenshot({ path: join(screenshots, "live.png") });

  await page.goto(`${site}/c/${channel}`);
  const video = page.getByTestId("player");
  await video.waitFor();
  await untilPlaying(page);
  const from = await video.evaluate((element) => element.currentTime);
  await page.waitForFunction((start) => document.querySelector("video").currentTime > start + 1.5, from);
  const played = await video.evaluate((element) => ({
    currentTime: element.currentTime,
    frames: element.getVideoPlaybackQuality().totalVideoFrames,
  }));

  await signIn(page, name, password);
  const input = page.getByTestId("chat-input");
  await input.fill("hello from the page");
  await page.getByTestId("chat-send").click();
  await page.getByTestId("chat-message").filter({ hasText: "hello from the page" }).waitFor();
  await page.screenshot({ path: join(screenshots, "watching.png") });

  await page.goto(`${site}/graphiql`);
  await page.locator(".graphiql-container").waitFor();
  const tab = (operation) => page.getByRole("tab", { name: operation });
  /** Runs one of the operations of the tab that is open, until `text` is in the answer. */
  const run = async (operation, text) => {
    // It has a menu once the tab's operations are known.
    await page.locator(".graphiql-execute-button[aria-haspopup=menu]").click();
    await page.getByRole("menuitem", { name: operation, exact: true }).click();
    await page.locator(".result-window").filter({ hasText: text }).waitFor();
  };
  await run("WhoIsLive", `"name": "${channel}"`);
  await page.screenshot({ path: join(screenshots, "graphiql.png") });
  const tabs = await page.getByRole("tab").allInnerTexts();
  const channelId = await page.evaluate(async (name) => {
    const query = "query($name: String!) { channel(name: $name) { id } }";
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ query, variables: { name } });
    const answer = await fetch("/graphql", { method: "POST", headers, body });
    return (await answer.json()).data.channel.id;
  }, channel);
  await tab("Chat").click();
  await page
    .locator(".graphiql-editor-tool .CodeMirror")
    .first()
    .evaluate((editor, variables) => editor.CodeMirror.setValue(variables), JSON.stringify({ channelId, after: "0" }));
  await run("Chat", "hello from the page");
  await page.screenshot({ path: join(screenshots, "graphiql-chat.png") });

  console.log(
    JSON.stringify({
      framesDecoded: played.frames,
      playedSeconds: played.currentTime - from,
      tabs,
      outside,
      errors,
    }),
  );
} catch (error) {
  await page.screenshot({ path: join(screenshots, "failed.png") });
  throw error;
} finally {
  await close();
}
