// Bundle the cards into one module, given where to put it and the names to put in.
import { readFile, writeFile } from "node:fs/promises";

import { build } from "esbuild";

const [outfile, names] = process.argv.slice(2);
if (!names) {
  console.error("usage: build.mjs FILE NAMES");
  process.exit(2);
}

/** Take out of styles what only people need. */
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => ({
      loader: "ts",
      contents: (await readFile(path, "utf8")).replace(/css`[^`]*`/g, (style) =>
        style
          .replace(/\/\*.*?\*\//gs, "")
          .replace(/\s+/g, " ")
          .replace(/ ?([{};,]) ?/g, "$1")
          .replace(/: /g, ":"),
      ),
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: ["src/main.ts"],
  bundle: true,
  charset: "utf8",
  define: { NAMES: names },
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  minify: true,
  plugins: [styles],
  target: "es2022",
  write: false,
});
// Only templates of elements have lines by now. A new line is nothing at either end of an
// element and between two of them, where ours are no words of one sentence; elsewhere it
// is a space.
const module = outputFiles[0].text
  .replace(/(?<!<\/[a-z]+)>\n {2,}/g, ">")
  .replace(/>\n {2,}</g, "><")
  .replace(/\n {2,}<\//g, "</")
  .replace(/\n {2,}/g, " ");
await writeFile(outfile, module);
