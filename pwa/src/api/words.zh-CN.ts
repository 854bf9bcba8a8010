/** Every refusal, in Chinese. */
import { formatsFor } from '../i18n/formats';
import { words as first } from '../i18n/zh-CN';
import type { RefusalWording } from './refusal';

const { number, day, moment, decimal } = formatsFor('zh-CN');

const fields: Record<string, string> = {
  phone: '手机号', recipient: '收货人', address: '地址', nickname: '昵称', code: '验证码', pickUpPointId: '自提点',
};

export const words: { refusals: RefusalWording } = {
  refusals: {
    ...first.refusals,
    WrongCode: ({ attemptsLeft }) => (attemptsLeft > 0 ? `验证码不对，还能再试 ${number(attemptsLeft)} 次` : '验证码不对，请重新获取'),
    InvalidInput: ({ field }) => `请检查${fields[field] ?? '填写的内容'}`,
    NotFound: () => '找不到了',
    NotCancellable: () => '已经不能取消了',
    BadExpression: ({ message }) => message,
    MessageNotSent: () => '短信没有发出去，请稍后再试',
    ExtensionUsed: ({ nextAt }) => `已延期过一次，${day(nextAt)} 起可再次申请`,
    NothingToExtend: () => '没有即将过期的积分可以延期',
    ExtensionNotOffered: () => '本计划不提供积分延期',
    UnkeepableTerms: ({ message }) => message,
    TermsMovedOn: ({ message }) => message,
    TooLateToChange: ({ message }) => message,
    CannotReceive: () => '没有找到能收积分的人，请检查号码',
    TransferToOneself: () => '不能转给自己',
    TransferTooSmall: ({ minimum }) => `至少转 ${number(minimum)} 分`,
    TransferCapReached: ({ left }) => (left > 0 ? `今天最多还能转 ${number(left)} 分` : '今天的转赠额度已经用完'),
    TransferFinal: () => '已经过了可以撤回的时间',
    ErasureMustWait: ({ until }) => `还有可能被撤回的转赠，或您正领先的竞拍，${moment(until)} 起可以注销`,
    LossChanged: ({ points }) => `将要失去的积分变了，现在是 ${number(points)} 分，请再看一遍`,
    AdjustmentDecided: () => '这笔调整已经有了决定',
    AnotherPersonDecides: () => '提出的人不能自己批准',
    HoldBound: () => '这些积分正用于进行中的事项，请先结束那件事',
    Overtaken: () => '此刻操作的人太多，请再试一次',
    HoldClosed: () => '这些积分已经不再预留',
    NothingPending: () => '这一笔没有待到账的积分',
    NothingToClawBack: ({ left }) => `这一笔只剩 ${number(left)} 分可以收回`,
    NothingToSettle: () => '没有超出上限、可以结算的积分',
    PaymentBooked: () => '这个付款号已经入账',
    SettlementOff: () => '本计划不把积分结算成余额',
    AccountMerged: () => '这个账户已并入另一个账户，请重新打开',
    MergeWithItself: () => '这是同一个账户',
    AlreadyMerged: () => '其中一个账户已并入别的账户',
    PointsUnderWay: () => '还有预留或在途的积分，请等结束后再试',
    NotMerged: () => '这个账户没有并入别的账户',
    MergedSince: () => '请先撤销之后的合并',
    ProjectClosed: () => '这个项目已结束募集',
    DonationTooSmall: ({ minimum }) => `至少捐赠 ${number(minimum)} 积分`,
    DonationSettled: () => '当月账单已签章，这笔捐赠不能再撤销',
    StaffElsewhere: () => '该会员已是另一家机构的工作人员',
    AgreementNeeded: () => '请先同意押注',
    ChallengeNotOpen: () => '现在不能接受这个挑战',
    ChallengeFull: () => '这个挑战的名额已满',
    AlreadyTakenUp: () => '你已经接受过这个挑战',
    StakeOutOfRange: ({ minimum, maximum }) => `押注要在 ${number(minimum)} 到 ${number(maximum)} 分之间`,
    StakeOverCap: ({ left }) => (left > 0 ? `同时还能再押 ${number(left)} 分` : '正在进行的押注已到上限'),
    PlantGrown: () => '这株植物已经开花，等着收获',
    PlantNotGrown: () => '你的植物还没长成',
    AlreadyWatered: () => '今天浇过了，明天再来',
    OwnPlant: () => '这是你自己的植物，请朋友来帮忙吧',
    AlreadyHelped: () => '你今天帮过这株植物了，明天再来',
    EnoughHelpers: () => '今天帮这株植物的朋友够多了',
    HelpedEnough: () => '你今天帮的植物已经够多了，明天再来',
    RateOutOfBounds: ({ pointsPerYuan }) => `每元 ${decimal(pointsPerYuan)} 分超出了允许范围`,
  },
};
