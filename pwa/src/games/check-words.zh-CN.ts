/** What the screens on which she looks back at draws and checks them say, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, moment, day } = formatsFor('zh-CN');

export const words = {
  drawn: {
    round: (count: number) => `第 ${number(count)} 期`,
    nth: (count: number) => `本期第 ${number(count)} 抽`,
    seedMark: '种子的指纹',
    termsMark: '本期规则的指纹',
    mark: '这一抽的指纹',
  },
  myDraws: { title: '我抽过的', empty: '还没有抽过。', browse: '去看看', on: (at: string) => moment(at), paid: (points: number) => `花了 ${number(points)} 分`, revealed: '可以查了', waiting: (at: string) => `${day(at)} 前后公布种子` },
  checkDraw: {
    title: '查这一抽',
    working: '正在你的手机上重算…',
    gone: '没有这一抽，或者它不是你的。',
    cannot: '这个浏览器不能重算，请换一个，或通过安全连接打开。',
    unreachable: '没能取到公布的记录，联网后再查。',
    sealedTitle: '种子还锁着',
    sealed: (at: string) => `本期最晚 ${moment(at)} 结束，之后一天之内公布种子，到时在这里重算。`,
    keptSame: '你的手机在抽的那一刻记下了这些，现在公布的与它一字不差：',
    keptNot: '这台手机没有留下当时的记录，以下是公布的：',
    holds: '完全一致',
    holdsMore: (name: string) => `在你的手机上重算，得到的正是：${name}。`,
    fails: '对不上',
    ask: '请截图并联系客服：公布的记录谁都可以独立验算。',
    steps: {
      kept: { title: '手机记下的没有变', yes: '抽的那一刻你的手机记下了种子的指纹、规则的指纹和这一抽的指纹，与现在公布的相同。', none: '这台手机没有留下当时的记录，这一步跳过。', no: '公布的与你手机当时记下的不一样。' },
      terms: { title: '规则没有变', yes: '公布的规则算出的指纹，就是开抽前公布的那个。', no: '公布的规则与它的指纹不符。' },
      seed: { title: '种子就是当初锁上的那一个', yes: '把公布的种子算一次指纹，正是开抽前公布的那个。', no: '公布的种子算不出开抽前公布的指纹。' },
      hash: { title: '种子和你的编号合成一个数', yes: '用种子和你手机做的编号算出这一抽的指纹，与抽的时候给你的一样。', no: '算出的指纹与抽的时候给你的不一样。' },
      prize: { title: '这个数落在奖品表上', yes: (point: number, total: number, name: string) => `从 0 数到 ${number(total)}，它落在 ${number(point)}，属于“${name}”。`, replaced: (name: string) => `那时它已抽完，按公布的规则换成“${name}”。`, no: '这个数对应的不是你拿到的奖品。' },
      round: { title: '整期都重算过', yes: (draws: number) => `本期一共 ${number(draws)} 抽，逐一重算：没有漏掉一抽，没有一件奖品给了两次。`, no: '本期公布的记录有一处对不上。' },
    },
    seed: '种子',
    id: '你的编号',
    record: '公布的记录',
  },
};
