/** What the screens of ledger say, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, day, lastDay, decimal } = formatsFor('zh-CN');

export const words = {
  ledger: {
    title: '积分明细',
    filter: '按类型筛选',
    every: '全部',
    kinds: { EARN: '赚取', CORRECT: '更正', BURN: '兑换', REVERSE: '退回', EXPIRE: '过期', FREEZE: '冻结', UNFREEZE: '解冻' },
    empty: '这里还没有记录。',
    lots: '有效期',
    noLots: '没有可用的积分批次。',
    lot: (available: number, earned: number) => `${number(available)} / ${number(earned)} 分`,
    lotExpires: (at: string) => `${lastDay(at)} 过期`,
    lotForever: '长期有效',
    lotEarned: (at: string) => `${day(at)} 赚得`,
    why: '怎么算的',
    base: (points: number) => `基础 ${number(points)} 分`,
    factor: (label: string, times: number) => `${label} × ${decimal(times)}`,
    rule: '规则',
    version: (version: number) => `第 ${number(version)} 版`,
    amount: '金额',
    reference: '单号',
    happened: '发生',
    posted: '入账',
    entry: (seq: number) => `第 ${number(seq)} 笔`,
    fingerprint: '指纹',
    check: '核对这一笔',
  },
};
