import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import preact from '@preact/preset-vite';
import { defineConfig, type Plugin } from 'vite';

const outDir = 'dist/incident';

/** Leaves the script and the style gzipped: they are put into files of incidents (server/incident), and not served. */
const packed = (): Plugin => ({
  name: 'packed',
  apply: 'build',
  closeBundle() {
    for (const name of readdirSync(outDir)) {
      const path = join(outDir, name);
      // In a script element the text of the script must not end it.
      const body = readFileSync(path, 'utf8').replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
      writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
      rmSync(path);
    }
  },
});

// The page of an incident's file: the same as vite.config.ts builds, in one script and one style.
export default defineConfig({
  base: './',
  publicDir: false,
  plugins: [preact({ devToolsEnabled: false }), packed()],
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    minify: true,
    cssMinify: true,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { page: 'src/incident.tsx' },
      output: { entryFileNames: '[name].js', assetFileNames: 'page[extname]', codeSplitting: false },
    },
  },
});
