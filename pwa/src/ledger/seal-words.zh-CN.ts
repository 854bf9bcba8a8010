/** What a check of an entry says, in Chinese. */
import { formatsFor } from '../i18n/formats';

const { number, moment } = formatsFor('zh-CN');

export const words = {
  seal: {
    checking: '正在本机核对…',
    sealed: '签名已在本机验证',
    among: (count: number, at: string) => `${moment(at)} 与全部 ${number(count)} 笔一同盖印`,
    waiting: '还没有盖印，一般只要几秒。',
    again: '再核对一次',
    failed: '核对没有通过',
    failures: {
      gone: '商城已经找不到这一笔了。',
      contents: '显示的内容与指纹对不上：这一笔被改动过。',
      path: '签过名的账本里没有这一笔。',
      signature: '账本的签名是错的。',
      key: '签名的钥匙本机不认得，旧钥匙也没有为它担保。',
      history: '账本与本机记下的旧账对不上：过去的记录被改写了。',
    },
    ask: '请截图留存，并联系商城。',
    cannot: '这个浏览器不会核对签名：需要较新的版本和加密连接。',
    unreachable: '没有连上商城，还不能核对。',
  },
};
