// Builds the page: `node build.mjs [output folder]`. The crate's build.rs calls it with a folder in OUT_DIR.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, 'dist'));

// GraphiQL's style sheet carries 380 kB of base64 fonts. The system's fonts read as well, and without
// them the content security policy needs no `data:` fonts.
const withoutFonts = {
  name: 'without-fonts',
  setup(bundler) {
    bundler.onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/@font-face\s*\{[^}]*\}/g, ''),
      loader: 'css',
    }));
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'assets'), { recursive: true });

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { page: 'src/main.tsx', graphiql: 'src/graphiql/main.tsx' },
  outdir: out,
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: ['es2022', 'chrome109', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  minify: true,
  metafile: true,
  legalComments: 'linked',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [withoutFonts],
});

const icon = readFileSync(join(here, 'src/favicon.svg'));
const iconPath = `assets/favicon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
writeFileSync(join(out, iconPath), icon);

const outputs = Object.entries(metafile.outputs).map(([path, output]) => ({
  ...output,
  url: '/' + relative(out, resolve(here, path)).replaceAll('\\', '/'),
}));

/** Writes `name`, the HTML of an entry, with the tags of its script, style sheet and static imports. */
function writeHtml(name, entryPoint) {
  const entry = outputs.find((output) => output.entryPoint === entryPoint);
  const preloads = entry.imports
    .filter((used) => used.kind === 'import-statement')
    .map((used) => '/' + relative(out, resolve(here, used.path)).replaceAll('\\', '/'));
  const tags = [
    `<link rel="icon" type="image/svg+xml" href="/${iconPath}">`,
    entry.cssBundle && `<link rel="stylesheet" href="/${relative(out, resolve(here, entry.cssBundle))}">`,
    ...preloads.map((url) => `<link rel="modulepreload" href="${url}">`),
    `<script type="module" src="${entry.url}"></script>`,
  ].filter(Boolean);
  const template = readFileSync(join(here, 'src', name), 'utf8');
  writeFileSync(join(out, name), template.replace('<!-- assets -->', tags.join('\n    ')));
}

writeHtml('index.html', 'src/main.tsx');
writeHtml('graphiql.html', 'src/graphiql/main.tsx');
