import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import preact from '@preact/preset-vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Puts every file beside itself as small as brotli can make it, for the server to serve: a start has no time for that. */
const packed = (): Plugin => {
  let dir = '';
  return {
    name: 'packed',
    apply: 'build',
    configResolved({ root, build }) {
      dir = join(root, build.outDir, 'assets');
    },
    closeBundle() {
      for (const name of readdirSync(dir)) {
        const path = join(dir, name);
        const body = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }));
      }
    },
  };
};

/** Takes the comments out of what is served as it was written: nobody reads them there, and everybody waits for them. */
const uncommented = (): Plugin => {
  let dir = '';
  return {
    name: 'uncommented',
    apply: 'build',
    configResolved({ root, build }) {
      dir = join(root, build.outDir);
    },
    closeBundle() {
      const without = (name: string, comments: RegExp): void => writeFileSync(join(dir, name), readFileSync(join(dir, name), 'utf8').replace(comments, ''));
      without('assets/head.js', /^ *\/\/.*\n/gm);
      for (const name of ['index.html', 'wall.html']) without(name, /^ *<!--[^]*?-->\n/gm);
    },
  };
};

/**
 * Writes wall.html, which a hub serves where index.html is served elsewhere: the same
 * document with the frame of the wall, whose code and style it names.
 */
const walled = (): Plugin => {
  let [root, dir] = ['', ''];
  return {
    name: 'walled',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      dir = join(root, config.build.outDir);
    },
    closeBundle() {
      const replaced = (text: string, part: RegExp | string, by: string): string => {
        const next = text.replace(part, () => by);
        if (next === text) throw new Error(`index.html has no ${String(part)}`);
        return next;
      };
      const frame = readFileSync(join(root, 'wall-frame.html'), 'utf8');
      let page = readFileSync(join(dir, 'index.html'), 'utf8');
      page = replaced(page, 'data-page=""', 'data-page="wall"');
      page = replaced(page, '  </head>', '    <link rel="icon" href="data:," />\n    <link rel="modulepreload"crossorigin href="./assets/wall.js">\n    <link rel="stylesheet" crossorigin href="./assets/wall.css">\n  </head>');
      page = replaced(page, /<div id="app">[^]*<\/div>/, `<div id="app">\n${frame}    </div>`);
      writeFileSync(join(dir, 'wall.html'), page);
    },
  };
};

/**
 * Names every file with a hash over all of them behind it, wherever one names another: the
 * server lets a browser keep what is asked for so, and asks no more whether it is another one.
 */
const versioned = (): Plugin => {
  let dir = '';
  return {
    name: 'versioned',
    apply: 'build',
    configResolved({ root, build }) {
      dir = join(root, build.outDir);
    },
    closeBundle() {
      const names = readdirSync(join(dir, 'assets')).sort();
      const hash = createHash('sha256');
      for (const name of names) hash.update(`${name}\n`).update(readFileSync(join(dir, 'assets', name)));
      const version = hash.digest('hex').slice(0, 7);
      for (const name of [...readdirSync(dir).filter((each) => each.endsWith('.html')), ...names.map((each) => `assets/${each}`)]) {
        const path = join(dir, name);
        const text = readFileSync(path, 'utf8');
        writeFileSync(path, text.replace(/(["'`])(\.\/(?:assets\/)?([\w-]+\.(?:js|css)))\1/g, (all: string, quote: string, url: string, file: string) => (names.includes(file) ? `${quote}${url}?v=${version}${quote}` : all)));
      }
    },
  };
};

// The output is committed and embedded into the binary, so its file names are stable
// (the server gives every file an ETag) and a second build is byte-identical. Everything is relative: the page may be served under a sub-path.
export default defineConfig({
  base: './',
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: true }), walled(), uncommented(), versioned(), packed()],
  build: {
    target: 'es2022',
    minify: true, // unminified it is over its budget (embed_test.go)
    cssMinify: true,
    // light-dark() is kept as it is: these are the first browsers that know it (2024).
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { app: 'index.html' },
      output: {
        entryFileNames: 'assets/[name].js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/[name][extname]',
        codeSplitting: { groups: [{ name: 'vendor', test: /node_modules/ }] },
      },
    },
  },
  server: {
    // `npm run dev` beside `go run ./cmd/dashcam`: the page from Vite, the data from dashcam.
    proxy: {
      '/ws': { target: 'http://127.0.0.1:7272', ws: true, changeOrigin: true, rewriteWsOrigin: true },
      '/api': { target: 'http://127.0.0.1:7272', changeOrigin: true },
    },
  },
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    environment: 'node',
    restoreMocks: true,
    // Generous: a busy machine is no reason to fail, and what passes does not wait.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // No test leaves anything behind (shuffled, make steady would show it): to begin anew for
    // every file takes longer than all tests together.
    pool: 'threads',
    isolate: false,
    ...(process.env.DASHCAM_TEST_SHUFFLE !== undefined && { sequence: { shuffle: true, seed: Number(process.env.DASHCAM_TEST_SHUFFLE) } }),
  },
});
