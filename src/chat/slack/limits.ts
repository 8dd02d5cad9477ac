/** What Slack takes, each with the page that says so. Counted in characters unless the name says otherwise. */
export const limits = {
  blocksOfMessage: { most: 50, source: 'https://docs.slack.dev/reference/block-kit/blocks' },
  blocksOfModal: { most: 100, source: 'https://docs.slack.dev/reference/block-kit/blocks' },
  section: { most: 3_000, source: 'https://docs.slack.dev/reference/block-kit/blocks/section-block' },
  fieldsOfSection: { most: 10, source: 'https://docs.slack.dev/reference/block-kit/blocks/section-block' },
  field: { most: 2_000, source: 'https://docs.slack.dev/reference/block-kit/blocks/section-block' },
  header: { most: 150, source: 'https://docs.slack.dev/reference/block-kit/blocks/header-block' },
  imageAlt: { most: 2_000, source: 'https://docs.slack.dev/reference/block-kit/blocks/image-block' },
  imageTitle: { most: 2_000, source: 'https://docs.slack.dev/reference/block-kit/blocks/image-block' },
  fileAlt: { most: 1_000, source: 'https://docs.slack.dev/reference/methods/files.getUploadURLExternal' },
  tableRows: { most: 100, source: 'https://docs.slack.dev/reference/block-kit/blocks/table-block' },
  tableColumns: { most: 20, source: 'https://docs.slack.dev/reference/block-kit/blocks/table-block' },
  /** All its cells. */
  table: { most: 10_000, source: 'https://docs.slack.dev/reference/block-kit/blocks/table-block' },
  button: { most: 75, source: 'https://docs.slack.dev/reference/block-kit/block-elements/button-element' },
  buttonValue: {
    most: 2_000,
    source: 'https://docs.slack.dev/reference/block-kit/block-elements/button-element',
  },
  actions: { most: 25, source: 'https://docs.slack.dev/reference/block-kit/blocks/actions-block' },
  options: {
    most: 100,
    source: 'https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element',
  },
  option: {
    most: 75,
    source: 'https://docs.slack.dev/reference/block-kit/composition-objects/option-object',
  },
  optionValue: {
    most: 150,
    source: 'https://docs.slack.dev/reference/block-kit/composition-objects/option-object',
  },
  modalTitle: { most: 24, source: 'https://docs.slack.dev/reference/views/modal-views' },
  modalButton: { most: 24, source: 'https://docs.slack.dev/reference/views/modal-views' },
  modalMetadata: { most: 3_000, source: 'https://docs.slack.dev/reference/views/modal-views' },
  label: { most: 2_000, source: 'https://docs.slack.dev/reference/block-kit/blocks/input-block' },
  typed: {
    most: 3_000,
    source: 'https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element',
  },
  /** Over all blocks. A message is refused near 13,200, whatever its blocks allow; this keeps clear of it. */
  message: { most: 12_000, source: 'https://docs.slack.dev/reference/block-kit/blocks/markdown-block' },
  /** The text beside blocks, which stands in notifications. */
  notification: { most: 4_000, source: 'https://docs.slack.dev/reference/methods/chat.postMessage' },
} as const;
