import { useEffect, useState } from 'react';

const MINUTE_MS = 60_000;

/** The number of the current minute: a range that ends now moves with it, and not with every render. */
export function useMinute(): number {
  const [minute, setMinute] = useState(() => Math.floor(Date.now() / MINUTE_MS));
  useEffect(() => {
    const timer = setInterval(() => setMinute(Math.floor(Date.now() / MINUTE_MS)), 5000);
    return () => clearInterval(timer);
  }, []);
  return minute;
}
