/** What the screens of tasks say, in Chinese. */

export const words = {
  taskList: {
    title: '任务',
    empty: '现在没有任务，新的会出现在这里。',
    open: '进行中',
    finished: '已完成',
  },
};
