import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Cross-origin isolation: without it the page has no SharedArrayBuffer, and wasm runs on one thread. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  // Relative, so that the built site works from any host and sub-path.
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  server: { headers: isolation },
  preview: { headers: isolation },
  // Without the worker among the entries its dependencies are found late, and the first visit in development reloads in mid-run.
  optimizeDeps: { entries: ['index.html', 'src/worker/lab-worker.ts'] },
  build: { target: 'es2022', sourcemap: true, chunkSizeWarningLimit: 700 },
});
