/** What the screens of programme say, in Chinese. */
import { FOUNDING, formatsFor } from '../i18n/formats';

const { number, day } = formatsFor('zh-CN');

export const words = {
  about: {
    terms: (version: string) => `条款版本 ${version}`,
    title: '规则说明',
    lead: (points: number, money: string) => `${number(points)} 分 = ${money}`,
    earn: '怎么赚',
    rule: (version: number, from: string) => `第 ${number(version)} 版${from > FOUNDING ? `，${day(from)} 起生效` : ''}`,
    checkIn: '每日签到',
    dayNumber: (n: number) => `第 ${number(n)} 天`,
    tiers: '等级',
    expiry: '有效期',
  },
  tierFrom: {
    from: (money: string) => `累计消费 ${money} 起`,
    everyone: '加入即是',
  },
};
