import { setNonce } from 'get-nonce';

/** The nonce that the gateway put into this page: styles made at run time carry it, or the browser refuses them. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

setNonce(nonce);
