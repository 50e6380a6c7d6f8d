/**
 * Bundle the explorers and the page runtime.
 *
 *     node build.mjs [outdir]          default: ../static
 *
 * explorers/NAME.js  ->  NAME.js        one anywidget front-end module each (files named _… are shared parts)
 * page/page.js       ->  page.js        one classic script for the whole static site
 * explorers.css      ->  explorers.css
 * and LICENSES.txt for the packages whose code went into them.
 *
 * figure/interpolate.js says why it stands in for a package.
 *
 * The same sources and package-lock.json give the same bytes on every machine, so the built files are
 * committed and a test compares them with a fresh build.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const committed = resolve(here, "../static");
const outdir = process.argv[2] === undefined ? committed : resolve(process.argv[2]);

const explorers = readdirSync(join(here, "explorers"))
  .filter((name) => name.endsWith(".js") && !name.startsWith("_"))
  .map((name) => `explorers/${name}`)
  .sort();

/** @type {import("esbuild").BuildOptions & {metafile: true, write: false}} */
const shared = {
  absWorkingDir: here,
  outdir,
  bundle: true,
  minify: true,
  metafile: true,
  write: false,
  legalComments: "none",
  charset: "utf8", // − as it is, not as \u2212
  logLevel: "warning",
  // Licences are found by path, also where node_modules is a link.
  preserveSymlinks: true,
};
const script = {
  target: "es2020",
  alias: { "d3-interpolate": "./figure/interpolate.js" },
  banner: { js: "/*! Licences of the packages inside: LICENSES.txt */" },
};

const results = await Promise.all([
  build({ ...shared, ...script, entryPoints: explorers, format: "esm" }),
  build({ ...shared, ...script, entryPoints: ["page/page.js"], format: "iife" }),
  // Esbuild knows CSS by browsers, not by year: these are the first that read ES2020 and flex gaps.
  build({
    ...shared,
    entryPoints: ["explorers.css"],
    target: ["chrome87", "edge87", "firefox78", "safari14.1"],
  }),
]);

/** @type {Map<string, string | Uint8Array>} */
const files = new Map();
for (const { outputFiles, warnings } of results) {
  if (warnings.length > 0) process.exit(1);
  for (const { path, contents } of outputFiles) files.set(basename(path), contents);
}
files.set("LICENSES.txt", licences(results.map(({ metafile }) => metafile)));

mkdirSync(outdir, { recursive: true });
for (const [name, contents] of files) writeFileSync(join(outdir, name), contents);
if (outdir === committed) {
  // What an explorer left behind when it was renamed or removed.
  for (const name of readdirSync(outdir)) if (!files.has(name)) rmSync(join(outdir, name));
}

/**
 * The licence of every package with code in the bundles, each text once.
 * @param {import("esbuild").Metafile[]} metafiles
 */
function licences(metafiles) {
  const inputs = metafiles
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap((output) => Object.entries(output.inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter((name) => name !== undefined);

  /** @type {Map<string, string[]>} */
  const holders = new Map();
  for (const name of [...new Set(inputs)].sort()) {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = readFileSync(join(folder, "LICENSE"), "utf8").trim();
    holders.set(text, [...(holders.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const sections = [...holders].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  return `The scripts in this folder contain code of these packages.\n\n${sections.join("\n\n")}`;
}
