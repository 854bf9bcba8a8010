/** What the screens of challenges say, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, moment, money } = formatsFor('zh-CN');

export const words = {
  challenge: {
    title: '挑战',
    gone: '没有这个挑战，或它已经下架。',
    goals: {
      ORDERS: (goal: number) => `完成 ${number(goal)} 笔订单`,
      SPEND: (goal: number, currency: string) => `消费满 ${money(goal, currency)}`,
      CHECK_INS: (goal: number) => `签到 ${number(goal)} 天`,
      DONATIONS: (goal: number) => `向公益项目捐 ${number(goal)} 分`,
    },
    counts: {
      ORDERS: (done: number, goal: number) => `${number(done)} / ${number(goal)} 笔`,
      SPEND: (done: number, goal: number, currency: string) => `${money(done, currency)} / ${money(goal, currency)}`,
      CHECK_INS: (done: number, goal: number) => `${number(done)} / ${number(goal)} 天`,
      DONATIONS: (done: number, goal: number) => `${number(done)} / ${number(goal)} 分`,
    },
    byIfNow: (at: string) => `现在接受：${moment(at)} 前完成`,
    by: (at: string) => `${moment(at)} 前完成`,
    grace: (hours: number) => `按付款时间计；结束后再等 ${number(hours)} 小时，迟到的订单消息也算数。期间退款的订单不算。`,
    exact: '按付款时间计，退款的订单不算。',
    checkInsCount: '从今天起每天最多算一次，今天签过到的也算；补签不算。',
    giftsCount: '从现在起捐给任何项目的积分都算。',
    give: '去看公益项目',
    choose: '押多少',
    held: '现在预留',
    heldHint: '只是预留，没有扣除',
    win: '按时完成',
    winHint: (stake: number) => `${number(stake)} 分退回，另得奖励`,
    lose: '没有完成',
    loseHint: '预留的积分被收取',
    agree: (stake: number, at: string) => `我同意：预留 ${number(stake)} 分，${moment(at)} 前没有完成就会失去它们。`,
    accept: (stake: number) => `接受挑战，押 ${number(stake)} 分`,
    busy: '正在预留…',
    offline: '离线：联网后才能接受',
    unknown: '没有得到回复。再按一次也只会押一次。',
    needMore: (missing: number) => `还差 ${number(missing)} 分`,
    noRoom: '正在进行的押注已到上限',
    places: (left: number) => `还剩 ${number(left)} 个名额`,
    closes: (at: string) => `${moment(at)} 截止报名`,
    opens: (at: string) => `${moment(at)} 开始报名`,
    states: { SCHEDULED: '尚未开始', OPEN: '可以接受', FULL: '名额已满', CLOSED: '报名已结束', CANCELLED: '已取消' },
    running: '进行中',
    ended: {
      RUNNING: () => '',
      WON: (stake: number, bonus: number) => `挑战成功：${number(stake)} 分已退回，另得 ${number(bonus)} 分`,
      LOST: (stake: number) => `没有按时完成：${number(stake)} 分被收取`,
      CANCELLED: (stake: number) => `挑战已取消：${number(stake)} 分已退回`,
    },
    takenBack: (bonus: number) => `所计的内容后来退回了，${number(bonus)} 分奖励已收回。`,
    waiting: (at: string) => `时间到了，最晚 ${moment(at)} 结算`,
    again: '再来一次',
  },
};
