/** What the Play screen says of draws, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, moment } = formatsFor('zh-CN');

export const words = {
  drawsSection: {
    title: '抽一抽',
    fair: '机会先公布，结果可重算',
    price: (points: number) => `每次 ${number(points)} 分`,
    until: (at: string) => `${moment(at)} 结束`,
    opens: (at: string) => `${moment(at)} 开始`,
    over: '这一期结束了',
    none: '现在没有可以抽的。',
    mine: '我抽过的',
  },
};
