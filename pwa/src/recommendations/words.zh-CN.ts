/** What the screens of recommendations say, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, lastDay } = formatsFor('zh-CN');

export const words = {
  fitting: {
    title: '用掉快过期的',
    lead: (points: number, at: string) => `${number(points)} 分 ${lastDay(at)} 过期，兑换时会最先用到它们。`,
    none: '现在没有快过期的积分。',
    within: (rest: number) => (rest > 0 ? `用后还剩 ${number(rest)} 分快过期` : '刚好用完'),
    beyond: '快过期的一次用完',
    empty: '暂时没有够得着的好礼，先去完成任务吧。',
  },
};
