/** What the screens of rewards say, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, moment } = formatsFor('zh-CN');

export const words = {
  shelf: {
    title: '好礼',
    shelves: { HOT: '大家都在兑', LEAVING_SOON: '快要下架', REACH: '现在就能兑', ALL: '全部好礼' },
    kinds: { PHYSICAL: '实物', COUPON: '卡券', SERVICE: '服务' },
    everyKind: '全部',
    kindFilter: '按种类筛选',
    worth: (money: string) => `市价 ${money}`,
    limit: (limit: number) => `每人限兑 ${number(limit)} 次`,
    until: (at: string) => `${moment(at)} 下架`,
    forTier: (tier: string) => `${tier}及以上`,
    empty: '这个架子暂时是空的。',
  },
  sheet: {
    balanceNow: '可用积分',
    balanceAfter: '兑换后余额',
    redeem: (points: number) => `兑换 · ${number(points)} 分`,
    confirm: '确认兑换',
    busy: '正在兑换…',
    offline: '离线中，联网后才能兑换',
    unknown: '网络中断，还不知道结果。再试一次也不会重复扣分。',
    delivery: { PHYSICAL: '收货', COUPON: '兑换后立刻给你券码', SERVICE: '兑换后给你取用码，到店出示' },
    change: '改收货方式',
    sendHome: '改为寄到我的地址',
    gone: '这件好礼已经不在了。',
  },
  receipt: {
    done: '兑换成功',
    yours: (name: string) => `你得到了「${name}」，已放进你的账户。`,
    replayed: '之前已经兑换成功，没有重复扣分。',
    codes: { PHYSICAL: '提货码', COUPON: '券码', SERVICE: '取用码' },
    copyCode: '复制兑换码',
    balance: '现在余额',
    fingerprint: '回执指纹',
    mine: '我的兑换',
  },
  redemptions: {
    title: '我的兑换',
    empty: '还没有兑换过，去看看有什么好礼。',
    browse: '去看好礼',
    states: { CONFIRMED: '待领取', FULFILLED: '已完成', CANCELLED: '已取消，积分已退回' },
    on: (at: string) => `${moment(at)} 兑换`,
  },
};
