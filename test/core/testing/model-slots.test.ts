import { describeDestinationSlots } from '../../../core/testing/conformance/destination-slots.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { modelDestination } from '../../../core/testing/model-destination.ts';

for (const mode of ['immediate', 'accepting'] as const) {
  describeDestinationSlots(`The model destination (${mode})`, {
    async open() {
      const model = modelDestination({ slots: true, mode });
      return {
        bind: (slot) => model.connector.create({}, createTestContext(), slot),
        later: async () => undefined,
        close: async () => undefined,
      };
    },
  });
}
