import { useEffect, useRef } from 'react';

/** How far from its end a conversation still counts as read to its end, in pixels. */
const NEAR_PX = 80;

/** Keep the end of what grows in view, unless the reader has scrolled up. */
export function useFollowing() {
  const viewport = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  useEffect(() => {
    const box = viewport.current;
    const grown = content.current;
    if (!box || !grown) return undefined;
    let last = box.scrollTop;
    const scrolled = () => {
      // The event may come after what it tells of has grown: only a reader who went up stops it.
      if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX) isFollowing.current = true;
      else if (box.scrollTop < last) isFollowing.current = false;
      last = box.scrollTop;
    };
    const observer = new ResizeObserver(() => {
      if (isFollowing.current) box.scrollTo({ top: box.scrollHeight });
    });
    box.addEventListener('scroll', scrolled, { passive: true });
    observer.observe(grown);
    return () => {
      box.removeEventListener('scroll', scrolled);
      observer.disconnect();
    };
  }, []);
  const follow = () => {
    isFollowing.current = true;
  };
  return { viewport, content, follow };
}
