/** What the screen of a member's own data says, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number } = formatsFor('zh-CN');

export const words = {
  data: {
    title: '我的数据',
    take: '带走一份',
    takeNote: '我们保存的关于你的一切：资料、积分明细和原因、订单、兑换、地址、登录的设备。一小时最多五次。',
    download: '下载我的数据',
    downloading: '正在准备…',
    tooOften: '刚下载过几次了，请过一会儿再来',
    failed: '没有成功，请检查网络后再试',
    leave: '注销账户',
    lose: (points: number) => (points ? `你会失去 ${number(points)} 积分，不能找回。` : '你现在没有积分可失去。'),
    waiting: (count: number) => `还没领取的 ${number(count)} 件兑换会取消。`,
    goes: '手机号、昵称、地址、登录记录和同意记录会删除，所有设备退出登录。',
    stays: '积分账目会留下，但不再指向任何人。同一个手机号以后可以重新加入，从零开始。',
    understood: '我明白，注销后不能恢复',
    act: '注销账户',
    acting: '正在注销…',
  },
};
