import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { offline } from './scripts/offline-plugin.ts';

/** Cross-origin isolation: without it the page has no SharedArrayBuffer, and wasm runs on one thread. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * TensorFlow.js gives its wasm threads the source text of a function of its own, in which one name belongs to the scope around
 * it. The guard for that, a `typeof`, is what a minifier takes away, and then no thread starts. In a worker the name has no
 * value anyway.
 */
function selfContainedThreads(): Plugin {
  const guard = 'typeof _scriptDir !== "undefined" && _scriptDir';
  return {
    name: 'self-contained-threads',
    transform: {
      filter: { id: /tfjs-backend-wasm-threaded-simd\.js/ },
      handler(code) {
        if (!code.includes(guard)) this.error('TensorFlow.js has changed: its threads need another look');
        return { code: code.replace(guard, 'false'), map: null };
      },
    },
  };
}

export default defineConfig({
  // Relative, so that the built site works from any host and sub-path.
  base: './',
  plugins: [react(), offline()],
  worker: { format: 'es', plugins: () => [selfContainedThreads()] },
  server: { headers: isolation },
  preview: { headers: isolation },
  // Without the worker among the entries its dependencies are found late, and the first visit in development reloads in mid-run.
  optimizeDeps: { entries: ['index.html', 'src/worker/lab-worker.ts'] },
  // The stylesheets' light-dark() stays as written: it follows the chosen theme as well as the system's.
  build: { target: 'es2022', cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'], sourcemap: true, chunkSizeWarningLimit: 700 },
});
