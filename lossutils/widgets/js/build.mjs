/**
 * Bundle the explorers and the page runtime.
 *
 *     node build.mjs [outdir]          default: ../static
 *
 * ../explorers/NAME/figure.js  ->  NAME.js        an anywidget front-end module, whole, for Jupyter
 *                                  site/NAME.js   for the static site: the explorer alone or, where it
 *                                                 draws nothing, with the little that it uses
 * ../explorers/NAME/style.css  ->  NAME.css       if the explorer has a style of its own
 * page/page.js                 ->  site/page.js   the site's runtime
 * page/figures.js              ->  site/figures.js   what all explorers share that draw
 * explorers.css                ->  explorers.css
 * and LICENSES.txt for the packages whose code went into them. Explorers' names have hyphens on
 * the page, underscores in Python.
 *
 * The site has classic scripts, because a browser loads no module script from a folder on disk. An
 * explorer's script is pushed onto a list that the runtime works through, whichever comes first.
 *
 * figure/interpolate.js says why it stands in for a package.
 *
 * The same sources and package-lock.json give the same bytes on every machine, so the built files are
 * committed and a test compares them with a fresh build.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const committed = resolve(here, "../static");
const outdir = process.argv[2] === undefined ? committed : resolve(process.argv[2]);

const folders = readdirSync(resolve(here, "../explorers"))
  .filter((name) => existsSync(resolve(here, "../explorers", name, "figure.js")))
  .sort();
const named = (/** @type {string} */ folder) => folder.replace(/_/g, "-");
/** The explorers' files of one name, each with its destination. @param {string} file @param {string} [into]
 * @param {(name: string) => boolean} [which] */
const each = (file, into = "", which = () => true) =>
  folders
    .filter((folder) => which(named(folder)))
    .map((folder) => ({ in: `../explorers/${folder}/${file}`, out: `${into}${named(folder)}` }))
    .filter((entry) => existsSync(resolve(here, entry.in)));

const NOTICE = "/*! Licences of the packages inside: LICENSES.txt */";
const shared = {
  absWorkingDir: here,
  outdir,
  bundle: true,
  minify: true,
  metafile: /** @type {const} */ (true),
  write: /** @type {const} */ (false),
  legalComments: /** @type {const} */ ("none"),
  charset: /** @type {const} */ ("utf8"), // − as it is, not as \u2212
  logLevel: /** @type {const} */ ("warning"),
  // Licences are found by path, even if node_modules is a link.
  preserveSymlinks: true,
};
const parsed = (/** @type {string} */ path) =>
  JSON.parse(readFileSync(resolve(here, path), "utf8"));
const workbench = "../explorers/loss_workbench";
/** What variants of several words are called in a bundle. @type {Map<string, string>} */
const shortNames = new Map();
/** @param {string} name of a variant */
function shortOf(name) {
  if (!name.includes(" ")) return name;
  const short = shortNames.get(name) ?? (10 + shortNames.size).toString(36);
  shortNames.set(name, short);
  return short;
}
/** The findings' words, without what only Python can find: what diagnose.js does not name. */
function findings() {
  const rules = readFileSync(resolve(here, "call/diagnose.js"), "utf8");
  const isNamed = (/** @type {[string, unknown]} */ [name]) => rules.includes(`"${name}"`);
  const table = Object.entries(parsed("../../findings.json")).filter(isNamed);
  for (const [code, row] of table) {
    // What only a graph shows, and each variant says in words of its own.
    if (/^sigmoid-before-/.test(code)) delete row.summary;
    if (row.severity === "error") delete row.severity; // which is what most are
    const named = Object.entries(row.variants ?? {}).filter(isNamed);
    row.variants = named.length
      ? Object.fromEntries(named.map(([name, words]) => [shortOf(name), words]))
      : undefined;
    for (const each of [row, ...named.map(([, words]) => words)])
      if (each.link) each.link = titled(each.link);
  }
  return Object.fromEntries(table);
}
/** A link with the heading that it leads to in place of its anchor, which the page makes of it. @param {string} link */
function titled(link) {
  const [page, anchor] = link.split("#");
  const words = anchor.replace(/-/g, " ");
  const title = parsed(`${workbench}/places.json`)[link];
  return `${page}#${title ?? words[0].toUpperCase() + words.slice(1)}`;
}
/** Whether an example says the same of this as the one before, which state.js takes for granted.
 * @param {string} key @param {unknown} text @param {Record<string, unknown>} [before] */
const isAsBefore = (key, text, before) =>
  ["group", "loss", "input", "target"].includes(key) && before?.[key] === text;
const shown = findings();
/** What the workbench shows of these files. @type {Record<string, () => unknown>} */
const pruned = {
  "findings.json": () => shown,
  // The code that an example must be found by is for the tests.
  "examples.json": () =>
    parsed(`${workbench}/examples.json`).map(
      (/** @type {any} */ { code, ...each }, /** @type {number} */ k, /** @type {any[]} */ all) =>
        Object.fromEntries(
          Object.entries(each).filter(([key, text]) => !isAsBefore(key, text, all[k - 1])),
        ),
    ),
};
const KEYS = /"(fix|group|severity|summary|title|variants)":/g;
/** @type {import("esbuild").Plugin} */
const words = {
  name: "words",
  setup: ({ onLoad }) =>
    onLoad({ filter: /(findings|examples)\.json$/ }, ({ path }) => ({
      // The keys that the code names, too: unquoted they get the short names that they have there.
      contents: `export default ${JSON.stringify(pruned[basename(path)]()).replace(KEYS, "$1:")}`,
      loader: "js",
    })),
};
const script = {
  target: "es2020",
  alias: { "d3-interpolate": "./figure/interpolate.js" },
  plugins: [words],
};

/** The rules, with the short names of variants. @type {import("esbuild").Plugin} */
const shortened = {
  name: "shortened",
  setup: ({ onLoad }) =>
    onLoad({ filter: /call.diagnose\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(
        /"([a-z]+ [a-z0-9 ]+)"/g,
        (_, name) => `"${shortNames.get(name) ?? name}"`,
      ),
      loader: "js",
    })),
};
const isWorkbench = (/** @type {string} */ name) => name === "loss-workbench";
/** The workbench is large: in its bundles these properties, which no string names, have short names. */
const OWN =
  "areSwapped arrays averaged bound called caption ceiling close commonSum complete counted details " +
  "dividedBy divisor errors factors fail finding fix floats formula gradient gradients group head " +
  "holds inputRows isAsked isNormalised isRows items kept kinds kl method next nll noise " +
  "normalised notFinite numbers numerator options overClasses own readAs reading reads refused result " +
  "rounding said severity smoothed soft spoken spread summary table targetShape tensor tensors terms " +
  "text title tokens torch unit unread variants weighted weightless words";
for (const { prototype } of [Array, Function, Map, Number, Promise, RegExp, Set, String])
  for (const name of OWN.split(" "))
    if (name in prototype) throw new Error(`${name} is a name of JavaScript's own`);
const large = {
  ...script,
  plugins: [words, shortened],
  mangleProps: RegExp(`^(?:${OWN.replace(/ /g, "|")})$`),
};

const modules = await build({
  ...shared,
  ...script,
  entryPoints: each("figure.js", "", (name) => !isWorkbench(name)),
  format: "esm",
  banner: { js: NOTICE },
});
/** The explorers with a package inside, which is d3. */
const draw = new Set(
  Object.entries(modules.metafile.outputs)
    .filter(([, { inputs }]) => packages(inputs).length > 0)
    .map(([path]) => basename(path, ".js")),
);
const draws = (/** @type {string} */ name) => draw.has(name);
const figures = { in: "page/figures.js", out: "site/figures" };
const [workbenchModule, workbenchScript, drawing, writing, page, styles] = await Promise.all([
  build({
    ...shared,
    ...large,
    entryPoints: each("figure.js", "", isWorkbench),
    format: "esm",
    banner: { js: NOTICE },
  }),
  build({
    ...shared,
    ...large,
    entryPoints: each("figure.js", "site/", isWorkbench),
    format: "esm",
  }),
  build({
    ...shared,
    ...script,
    entryPoints: [...each("figure.js", "site/", draws), figures],
    format: "cjs",
    external: ["*/js/index.js"],
  }),
  build({
    ...shared,
    ...script,
    entryPoints: each("figure.js", "site/", (name) => !draws(name) && !isWorkbench(name)),
    format: "esm",
  }),
  build({
    ...shared,
    ...script,
    entryPoints: [{ in: "page/page.js", out: "site/page" }],
    format: "iife",
  }),
  // For CSS esbuild targets browsers, not years: the first to support ES2020 and flex gaps.
  build({
    ...shared,
    entryPoints: [{ in: "explorers.css", out: "explorers" }, ...each("style.css")],
    target: ["chrome87", "edge87", "firefox78", "safari14.1"],
  }),
]);
const results = [modules, workbenchModule, workbenchScript, drawing, writing, page, styles];
if (results.some(({ warnings }) => warnings.length > 0)) process.exit(1);

/** @type {Map<string, string | Uint8Array>} */
const files = new Map(
  results.flatMap(({ outputFiles }) =>
    outputFiles.map(({ path, contents }) => [relative(outdir, path), contents]),
  ),
);
for (const { path, text } of [drawing, writing, workbenchScript].flatMap(
  ({ outputFiles }) => outputFiles,
)) {
  const name = basename(path, ".js");
  files.set(relative(outdir, path), waiting(name, text));
}
files.set("LICENSES.txt", licences(results.map(({ metafile }) => metafile)));

// Remove the output of explorers that were renamed or removed, too.
if (outdir === committed) rmSync(outdir, { recursive: true, force: true });
for (const [name, contents] of files) {
  mkdirSync(dirname(join(outdir, name)), { recursive: true });
  writeFileSync(join(outdir, name), contents);
}

/**
 * An explorer's script: it hands page/page.js a function that makes the explorer. If it draws, the script
 * ends in ",1]);" and requires the shared module, and no other. So is that module's own.
 * @param {string} name @param {string} text a CommonJS module, or one that only exports a default
 */
function waiting(name, text) {
  const list = "(self.lossutilsExplorers=self.lossutilsExplorers||[])";
  const notice = name === "figures" ? `${NOTICE}\n` : "";
  const last = draws(name) ? ",1" : "";
  // What an ES module exports, without the helpers that CommonJS's getters take.
  // A minified name may have a $.
  const body = text
    .trim()
    .replace(/export\{([\w$]+) as default\};$/, "module.exports={default:$1};");
  if (body.endsWith(" as default};")) throw new Error(`${name} still exports: a page can't run it`);
  return `${notice}${list}.push(["${name}",function(require,module){${body}}${last}]);\n`;
}

/** The paths of the packages' files that went into an output. @param {Record<string, { bytesInOutput: number }>} inputs */
function packages(inputs) {
  return Object.keys(inputs).filter(
    (path) => path.startsWith("node_modules/") && inputs[path].bytesInOutput > 0,
  );
}

/**
 * The licence of every package with code in the bundles, without repetition.
 * @param {import("esbuild").Metafile[]} metafiles
 */
function licences(metafiles) {
  const inputs = metafiles
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap(({ inputs }) => packages(inputs))
    .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
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
