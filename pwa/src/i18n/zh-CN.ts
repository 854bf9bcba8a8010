/** Every word of the phone in Chinese; its shape is what the other languages must fill. */
import type { RefusalWording } from '../api/refusal';
import { formatsFor } from './formats';

const { number, clock, lastDay, moment, weekday, decimal } = formatsFor('zh-CN');

const refusals = {
  InsufficientPoints: ({ missing }) => `还差 ${number(missing)} 分`,
  OutOfStock: () => '已兑完',
  TierTooLow: ({ required }) => `${required.name}及以上可兑`,
  LimitReached: ({ limit }) => `每人限兑 ${number(limit)} 次`,
  AccountFrozen: () => '账户已冻结，积分暂时不能变动',
  NotOpenYet: ({ opensAt }) => `${moment(opensAt)} 开兑`,
  RewardGone: () => '已下架',
  PriceChanged: ({ points }) => `价格变了，现在是 ${number(points)} 分`,
  DeliveryNeeded: () => '请先选好收货方式',
  AlreadyCheckedIn: () => '今天已经签到过了',
  NothingToRepair: () => '没有可以补签的日子',
  KeyReused: () => '这次请求和上次不一样，请关掉重新打开再试',
  NotEnrolled: () => '请先同意条款加入会员',
  TooManyRequests: ({ retryAfterSeconds }) => `太频繁了，请 ${number(retryAfterSeconds)} 秒后再试`,
} satisfies Partial<RefusalWording>;

export const words = {
  brand: '积分集',
  promise: '每一笔积分，都说得清楚。',
  points: '分',
  pointsOf: (points: number) => `${number(points)} 分`,
  tabs: { label: '主导航', home: '首页', rewards: '好礼', play: '玩', tasks: '任务', me: '我的' },
  switchLanguage: { short: 'EN', label: 'EN: switch to English' },
  back: '返回',
  close: '关闭',
  more: '看更多',
  seeAll: '全部',
  retry: '再试一次',
  loading: '正在加载',
  save: '保存',
  saved: '已保存',
  cancel: '取消',
  dismiss: '知道了',
  copy: '复制',
  copied: '已复制',
  staleness: {
    offline: (at: Date) => `离线 · ${clock(at)} 的数据`,
    updating: (at: Date) => `${clock(at)} 的数据，正在更新`,
    failed: (at: Date) => `${clock(at)} 的数据，暂时连不上`,
  },
  trouble: {
    offlineTitle: '现在没有网络',
    offline: '这一页还没有存在手机里，联网后再来看。',
    failedTitle: '没能打开',
    failed: '服务器暂时没有回应，你的积分不受影响。',
    lost: '没有这一页',
    lostHint: '地址可能写错了，或者它已经搬走。',
    goHome: '回首页',
  },
  home: {
    title: '首页',
    available: '可用积分',
    worth: (money: string) => `约值 ${money}`,
    held: (points: number) => `${number(points)} 分占用中`,
    pending: (points: number) => `${number(points)} 分待到账`,
    debt: (points: number) => `欠 ${number(points)} 分，之后赚到的会先补上`,
    frozen: '账户已冻结：可以查看，不能使用',
    expiring: (points: number, at: string) => `${number(points)} 分 ${lastDay(at)} 过期`,
    expiringSpoken: (points: number, at: string) => `${number(points)} 分将于 ${lastDay(at)} 过期`,
    useThem: '去用掉',
    today: '今日小事',
    forYou: '为你甄选',
    noPicks: '好礼正在上架，过一会儿再来看。',
  },
  checkIn: {
    label: '本周签到',
    streak: (days: number) => (days > 0 ? `连续 ${number(days)} 天` : '今天开始'),
    act: (points: number) => `签到 +${number(points)}`,
    done: (points: number) => `已签到，+${number(points)} 分`,
    states: { DONE: '已签到', TODAY: '今天，还没签到', MISSED: '漏签', AHEAD: '还没到' },
    dayLabel: (date: string, state: string, points: number) => `${weekday(date, 'long')}：${state}，${number(points)} 分`,
    repairable: (date: string, left: number) => `${weekday(date, 'long')}漏签了，本月还能补 ${number(left)} 次`,
    repair: '补签',
    repaired: '补上了',
  },
  tasks: {
    done: '已完成',
    count: (progress: number, goal: number) => `${number(progress)} / ${number(goal)}`,
    until: (at: string) => `${lastDay(at)} 截止`,
  },
  tiers: {
    toNext: (money: string, next: string) => `再消费 ${money} 升${next}`,
    top: '已是最高等级',
    multiplier: (times: number) => `消费赚 ${decimal(times)} 倍积分`,
    keepUntil: (at: string) => `保留至 ${lastDay(at)}`,
  },
  tag: {
    hot: '热兑',
    left: (stock: number) => `仅剩 ${number(stock)}`,
    endsIn: (days: number) => (days > 0 ? `${number(days)} 天后下架` : '今天下架'),
  },
  notices: { label: '通知' },
  refusals,
};

export type Words = typeof words;
