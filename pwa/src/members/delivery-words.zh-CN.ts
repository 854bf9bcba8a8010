/** How goods reach her, in Chinese. */
export const words = {
  delivery: {
    title: '收货方式',
    none: '还没有填写',
    methods: { PICK_UP: '到店自取', HOME: '寄到家' },
    recipient: '收货人',
    phone: '手机号',
    address: '详细地址',
    store: '自提点',
    privacy: '加密保存，页面上只显示一部分。',
    pickUpAt: (name: string) => `到店自取：${name}`,
  },
};
