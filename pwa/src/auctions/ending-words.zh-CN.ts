/** What the end of an auction says, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number } = formatsFor('zh-CN');
const points = (count: number) => `${number(count)} 分`;

export const words = {
  buyNow: {
    open: (count: number) => `一口价 ${points(count)}`,
    title: (count: number) => `用 ${points(count)}直接拍下？`,
    note: '竞拍随即结束，归你所有；积分立刻扣除，不只是占用。',
    after: '拍下后可用',
    act: (count: number) => `拍下 · ${points(count)}`,
    busy: '正在拍下…',
  },
  ended: {
    won: '归你了',
    wonFor: (price: number) => `以 ${points(price)}拍得。多占用的部分已经退回。`,
    lost: '这次没拍到',
    lostTo: (price: number, alias: string) => `${alias} 以 ${points(price)}拍得。`,
    allBack: '你的积分已全部退回，一分不少。',
    sold: (price: number, alias: string) => `${alias} 以 ${points(price)}拍得`,
    unsold: '没有成交',
    unsoldBecause: '没有人出价，或没有到保留价。',
    cancelled: '这场竞拍取消了',
    cancelledBecause: '占用过的积分已经退回原处，什么都没有扣。',
    settling: '正在落槌，结果马上就到…',
    prize: '你的奖品',
    prizeLate: '奖品在「我的兑换」里。',
    codes: { PHYSICAL: '提货码', COUPON: '券码', SERVICE: '取用码' },
    mine: '去我的兑换',
  },
};
