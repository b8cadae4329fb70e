// Writes a .br and a .gz beside each file of a built bundle that gets smaller by it.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH = /\.(html|js|css|svg|json|txt|webmanifest)$/;

function files(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

const dist = process.argv[2];
if (!dist) throw new Error("usage: node scripts/pack.mjs <folder>");
for (const path of files(dist).filter((path) => WORTH.test(path))) {
  const plain = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10 };
  const packed = {
    ".br": brotliCompressSync(plain, { params }),
    ".gz": gzipSync(plain, { level: 9 }),
  };
  for (const [end, bytes] of Object.entries(packed)) {
    if (bytes.length < plain.length) writeFileSync(path + end, bytes);
  }
}
