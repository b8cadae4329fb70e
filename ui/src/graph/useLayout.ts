// The layout of a model, made in a worker. The last one stays until the next is there.
import { useEffect, useRef, useState } from "react";
import type { Layout, Task } from "./layout";

export interface Placed<T> {
  layout: Layout;
  of: T;
}

export function useLayout<T>(task: Task | undefined, of: T): Placed<T> | undefined {
  const worker = useRef<Worker>(undefined);
  const [placed, setPlaced] = useState<Placed<T>>();
  const asked = useRef(0);
  useEffect(() => {
    const made = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.current = made;
    return () => {
      made.terminate();
      worker.current = undefined;
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `of` belongs to the task
  useEffect(() => {
    const at = worker.current;
    if (!task || !at) return;
    asked.current += 1;
    const id = asked.current;
    const done = (event: MessageEvent<{ id: number; layout: Layout }>) => {
      if (event.data.id !== id) return;
      at.removeEventListener("message", done);
      if (asked.current === id) setPlaced({ layout: event.data.layout, of });
    };
    at.addEventListener("message", done);
    at.postMessage({ id, task });
    return () => at.removeEventListener("message", done);
  }, [task]);
  return placed;
}
