// Plays an address with hls.js in headless Chromium, on a page of another origin. Prints one line of JSON.
//   node hls-page.mjs <playlist> [<second to seek to>]
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [playlist, seekTo] = process.argv.slice(2);
const { chromium } = createRequire(join(process.env.BROWSER_DIR, "package.json"))("playwright-core");
const script = readFileSync(fileURLToPath(new URL("node/node_modules/hls.js/dist/hls.min.js", import.meta.url)));
const page = `<!doctype html><video muted playsinline></video><script src="/hls.js"></script><script>
  window.faults = [];
  const hls = (window.hls = new Hls());
  hls.on(Hls.Events.ERROR, (_, fault) => window.faults.push({ fatal: fault.fatal, details: fault.details }));
  hls.on(Hls.Events.MANIFEST_PARSED, (_, found) => (window.levels = found.levels.map((level) => level.attrs.CODECS)));
  hls.loadSource(${JSON.stringify(playlist)});
  hls.attachMedia(document.querySelector("video"));
  document.querySelector("video").play();
</script>`;
const server = createServer((request, response) => {
  const isScript = request.url === "/hls.js";
  response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? script : page);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const profile = mkdtempSync(join(tmpdir(), "tributary-hls-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
});
try {
  const tab = await context.newPage();
  tab.setDefaultTimeout(25_000);
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  await tab.waitForFunction(() => document.querySelector("video").currentTime > 0);
  if (seekTo) await tab.evaluate((second) => (document.querySelector("video").currentTime = second), Number(seekTo));
  const from = await tab.evaluate(() => document.querySelector("video").currentTime);
  await tab.waitForFunction((start) => document.querySelector("video").currentTime > start + 1.5, from);
  const seen = await tab.evaluate(() => {
    const video = document.querySelector("video");
    const [width, height] = [video.videoWidth, video.videoHeight];
    const frames = video.getVideoPlaybackQuality().totalVideoFrames;
    const { currentTime, duration } = video;
    return { currentTime, duration: Number.isFinite(duration) ? duration : null, width, height, frames, levels: window.levels, faults: window.faults };
  });
  console.log(JSON.stringify({ ...seen, from }));
} finally {
  await context.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
