/** What challenges and the plant say on the Play screen, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, moment, percent } = formatsFor('zh-CN');

export const words = {
  glance: {
    challenges: '挑战',
    noChallenges: '现在没有挑战，过一阵再来看。',
    stakes: (minimum: number, maximum: number) => (minimum === maximum ? `押 ${number(minimum)} 分` : `押 ${number(minimum)}–${number(maximum)} 分`),
    wins: (bonus: number) => `最多赢 ${number(bonus)}`,
    running: (stake: number, at: string) => `已押 ${number(stake)} 分，${moment(at)} 前`,
    states: { RUNNING: '进行中', WON: '成功', LOST: '未完成', CANCELLED: '已取消' },
    plant: '植物',
    noPlant: '种一株，每天长一点，朋友也能帮忙',
    grown: '开花了，可以收获',
    water: '今天还没浇水',
    watered: (done: number) => `今天浇过了，已长到 ${percent(done)}`,
  },
};
