// Builds what the pages need from npm into gateway/web/static/built: Leaflet, and the countries.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { feature } from "topojson-client";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../gateway/web/static/built/", import.meta.url));
const require = createRequire(import.meta.url);
const DIGITS = 3; // of a degree: a hundred metres, finer than the atlas itself

const round = (number) => Number(number.toFixed(DIGITS));

// A ring as a flat list: longitude, latitude, longitude, latitude …
const flat = (ring) => ring.flatMap(([lon, lat]) => [round(lon), round(lat)]);

const countries = async () => {
  const atlas = JSON.parse(await readFile(require.resolve("world-atlas/countries-50m.json"), "utf8"));
  return feature(atlas, atlas.objects.countries).features
    .filter(({ geometry }) => geometry)
    .map(({ id, properties, geometry }) => ({
      id: id || "",
      name: properties.name,
      rings: (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates)
        .flatMap((polygon) => polygon.map(flat)),
    }));
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: [`${here}src/leaflet.js`],
  outdir: out,
  bundle: true,
  minify: true,
  charset: "utf8",
  target: "es2020",
  loader: { ".png": "dataurl" },
  legalComments: "eof",
});
await writeFile(`${out}countries.json`, JSON.stringify(await countries()));
