/** What a statement says, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number } = formatsFor('zh-CN');

export const words = {
  statement: {
    title: '月度账单',
    month: '月份',
    earlier: '上个月',
    later: '下个月',
    of: (name: string) => `${name}的积分`,
    opening: '期初余额',
    closing: '期末余额',
    soFar: '目前余额',
    entries: (count: number) => `${number(count)} 笔`,
    none: '这个月没有变动。',
    held: (points: number) => `其中占用 ${number(points)} 分`,
    pending: (points: number) => `其中待到账 ${number(points)} 分`,
    debt: (points: number) => `已减去欠 ${number(points)} 分`,
    all: '逐笔明细',
    files: '保存',
    csv: '下载表格',
    json: '下载数据',
    print: '打印',
    printing: '正在准备…',
    offline: '联网后可以下载',
    adds: '期初加上每一笔，正好等于期末。',
  },
};
