/** What a gift leaves behind says, in Chinese: thanks, the certificate, the list of gifts. */
import { formatsFor } from '../i18n/formats';

const { number, moment, fullDay } = formatsFor('zh-CN');

export const words = {
  thanks: {
    title: '谢谢你',
    given: (points: number, title: string) => `你为「${title}」捐出了 ${number(points)} 分。`,
    replayed: '之前已经捐出成功，没有重复扣分。',
    counting: '正在计入总数，随后看平台配捐多少…',
    matched: (money: string) => `平台为你这一笔配捐了 ${money}`,
    notMatched: '这一笔计入时配捐预算已经用完。',
    badge: (name: string) => `获得徽章「${name}」`,
    again: '再捐一次',
    mine: '我的捐赠',
  },
  certificate: {
    title: '公益证书',
    show: '看证书',
    hide: '收起证书',
    member: '一位会员',
    name: '证书上的名字',
    named: '写我的名字',
    unnamed: '不写名字',
    gave: (title: string) => `为「${title}」捐出`,
    points: '分',
    added: (money: string) => `平台另外配捐 ${money}`,
    on: (at: string) => fullDay(at),
    share: '分享证书',
    save: '保存证书图片',
    saved: '证书图片已保存',
    making: '正在画证书…',
    failed: '这台手机没能存下证书图片，可以截屏保存。',
    alt: (name: string, points: number, title: string, date: string) => `公益证书：${name}为「${title}」捐出 ${number(points)} 分，${date}`,
    sealed: '印章出自这一笔账的指纹，签名已在本机验证',
    unsealed: '账还没有签名，印章先空着',
    file: '公益证书',
  },
  donations: {
    title: '我的捐赠',
    empty: '还没有捐过，去看看有哪些项目。',
    browse: '去看公益项目',
    on: (at: string) => moment(at),
    matched: (money: string) => `平台配捐 ${money}`,
    counting: '等待配捐',
    unmatched: '没有配捐',
    reversed: '已撤销，积分退回',
    sum: (points: number) => `已捐出 ${number(points)} 分`,
  },
};
