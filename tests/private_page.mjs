// The page of a channel whose stream is made private while a stranger watches: the stranger is told so, a guest with
// a ticket watches, and so does the streamer who signs in. Prints a line of JSON at each step.
//   node private_page.mjs <site> <channel> <password>
// and waits for a line on its input, the ticket, before the second step.
import { createInterface } from "node:readline";
import { openBrowser, signIn, untilPlaying } from "./browser.mjs";

const [site, channel, password] = process.argv.slice(2);
const tell = (step) => console.log(JSON.stringify({ step }));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { page, close } = await openBrowser();
try {
  const isPrivate = () => page.getByText("This stream is private").waitFor();
  await page.goto(`${site}/c/${channel}`);
  await untilPlaying(page);
  tell("a stranger watches");
  const ticket = (await lines.next()).value;
  await isPrivate();
  tell("the stranger is told");

  await page.goto(`${site}/c/${channel}?ticket=${ticket}`);
  await untilPlaying(page);
  tell("a guest watches");

  await page.goto(`${site}/c/${channel}`);
  await isPrivate();
  await signIn(page, channel, password);
  await untilPlaying(page);
  tell("the streamer watches");
} finally {
  await close();
  process.stdin.destroy();
}
