// Runs the layout beside the page, so that the page stays quick.
import { layout, type Task } from "./layout";

self.onmessage = (event: MessageEvent<{ id: number; task: Task }>) => {
  self.postMessage({ id: event.data.id, layout: layout(event.data.task) });
};
