export { createTaskHead, type TaskHead } from './task-head.ts';
export {
  buildTaskWeights,
  requireTaskConfig,
  TASKS,
  type TaskConfig,
  type TaskWeights,
  taskParameters,
} from './task-weights.ts';
