/** What the transfer screen says, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number } = formatsFor('zh-CN');

export const words = {
  transfer: {
    title: '转赠积分',
    to: '转给谁',
    toHint: '对方的手机号或会员号',
    points: '多少分',
    left: (points: number) => `今天还能转 ${number(points)} 分`,
    receives: '对方收到',
    fee: '手续费',
    after: '转后可用',
    free: '免费',
    cooling: (minutes: number) => `${number(minutes)} 分钟内可以撤回，这段时间里对方还不能使用。积分的有效期不变。`,
    atOnce: '转出后立刻到账，不能撤回。积分的有效期不变。',
    send: (points: number) => (points ? `转出 · ${number(points)} 分` : '转出'),
    confirm: (points: number, to: string) => `确认转 ${number(points)} 分给 ${to}`,
    busy: '正在转出…',
    offline: '离线中，联网后才能转赠',
    closed: '现在不能转赠积分。',
    unknown: '网络中断，还不知道结果。再试一次也不会重复转出。',
    sent: (points: number, to: string) => `已转 ${number(points)} 分给 ${to}`,
    takenBack: (points: number) => `已撤回，${number(points)} 分回到你的账户`,
    takeBack: '撤回',
    takingBack: '正在撤回…',
    minutes: (minutes: number) => `还有 ${number(minutes)} 分钟可以撤回`,
    arrives: (minutes: number) => `${number(minutes)} 分钟后可用`,
    list: '往来记录',
    empty: '还没有转赠过积分。',
    directions: { SENT: '转给', RECEIVED: '来自' },
    states: { COOLING_OFF: '待到账', FINAL: '已到账', TAKEN_BACK: '已撤回' },
  },
};
