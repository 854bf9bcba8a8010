/** What the screens of notifications say, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, lastDay, money } = formatsFor('zh-CN');

export const words = {
  events: {
    useThem: '去用掉',
    states: { FULFILLED: '已完成', CANCELLED: '已取消，积分已退回' },
    credited: (points: number) => `+${number(points)} 分`,
    released: (points: number) => `${number(points)} 分现在可以用了`,
    taken: (points: number) => `−${number(points)} 分`,
    warned: (points: number, days: number) => `${number(points)} 分还有 ${number(days)} 天过期`,
    orExtend: '也可以延期',
    extended: (points: number, at: string) => `${number(points)} 分有效期延至 ${lastDay(at)}`,
    taskDone: (title: string, points: number) => `完成「${title}」，+${number(points)} 分`,
    tierUp: (name: string) => `升级为${name}`,
    tierDown: (name: string) => `等级变为${name}`,
    challengeWon: (title: string, bonus: number) => `挑战「${title}」成功，+${number(bonus)} 分`,
    challengeLost: (title: string, stake: number) => `挑战「${title}」没有按时完成，${number(stake)} 分被收取`,
    challengeCancelled: (title: string) => `挑战「${title}」已取消`,
    stakeBack: (stake: number) => `押的 ${number(stake)} 分已退回`,
    plantHelped: (alias: string, growth: number) => `${alias} 帮你的植物长了 ${number(growth)}`,
    outbid: (name: string, price: number) => `「${name}」有人出到 ${number(price)} 分`,
    givenBack: (points: number) => `你的 ${number(points)} 分已退回`,
    bidAgain: (points: number) => `再出 ${number(points)}`,
    seeAuction: '去看看',
    auctionWon: (name: string, price: number) => `「${name}」归你了，${number(price)} 分`,
    seeIt: '去看看',
    auctionNotHers: (name: string) => `「${name}」结束了，没有归你`,
    badge: (name: string) => `获得徽章「${name}」`,
    matched: (minor: number, currency: string) => `平台为你的捐赠配捐 ${money(minor, currency)}`,
    redemption: (name: string, state: string) => `「${name}」${state}`,
  },
};
