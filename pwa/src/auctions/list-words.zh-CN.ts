/** What lists of auctions and the answer to "outbid" say, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number } = formatsFor('zh-CN');
const points = (count: number) => `${number(count)} 分`;

export const words = {
  section: {
    title: '竞拍',
    none: '现在没有竞拍，过一阵再来看。',
    live: '正在竞拍',
    coming: '即将开始',
    ended: '刚刚成交',
    mine: '我参加的竞拍',
    outcomes: { LEADING: '你领先', OUTBID: '你被超过', WON: '归你了', LOST: '没拍到', CANCELLED: '已取消' },
    bids: (count: number) => `${number(count)} 次出价`,
  },
  outbid: {
    again: (count: number) => `再出 ${number(count)}`,
    look: '去看看',
    led: (name: string, price: number) => `你又领先「${name}」，现价 ${points(price)}`,
    held: (count: number) => `${points(count)}占用中`,
    beaten: (name: string, price: number) => `「${name}」别人的最高价更高，现价 ${points(price)}`,
    refused: (name: string) => `「${name}」没有出价`,
    unknown: '网络中断，还不知道结果。再按一次也不会重复出价。',
  },
};
