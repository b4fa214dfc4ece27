import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The gateway wants to be asked under the name that the page has.
const gateway = { target: 'http://127.0.0.1:8080', changeOrigin: false };

export default defineConfig({
  base: '/dashboard/',
  plugins: [react()],
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: {
    outDir: '../src/llm_proxy/web/assets/dashboard',
    emptyOutDir: true,
    // A data: URL would need an exception in the content security policy; and no script is ever inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/admin': gateway, '/openapi.json': gateway, '/docs': gateway, '/assets': gateway } },
});
