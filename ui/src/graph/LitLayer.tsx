// The canvas over the graph on which the lit path is painted: once a frame at most, without React.
import { type RefObject, useEffect, useRef } from "react";
import { useTheme } from "../lib/theme";
import type { LitStore } from "./lit";
import { type Camera, colours, paintLit } from "./paint";
import type { Scene } from "./scene";

export interface LitLayerProps {
  scene: Scene;
  store: LitStore;
  /** Where the view stands, asked for when it is painted. */
  camera: () => Camera;
  /** Is given the function to call when the view has moved. */
  moved: RefObject<() => void>;
}

export function LitLayer({ scene, store, camera, moved }: LitLayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const at = canvas.current;
    if (!at) return;
    void theme;
    const colour = colours();
    let asked = 0;
    const later = () => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        paintLit(at, scene, colour, camera(), store.now);
      });
    };
    moved.current = () => {
      if (store.now) later();
    };
    later();
    const deaf = store.hear(later);
    const watch = new ResizeObserver(moved.current);
    watch.observe(at);
    return () => {
      cancelAnimationFrame(asked);
      watch.disconnect();
      deaf();
      moved.current = () => {};
    };
  }, [scene, store, camera, moved, theme]);
  return <canvas className="litlayer" ref={canvas} width={1} height={1} />;
}
