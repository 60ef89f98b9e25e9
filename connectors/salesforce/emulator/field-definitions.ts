import type { Table } from '../../../core/testing/table.ts';

const complianceGroups = new Set(['PII', 'HIPAA', 'GDPR', 'PCI', 'COPPA', 'CCPA']);

/** How fields are classified: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_fielddefinition.htm */
export function fieldDefinitions(tables: readonly Table[]): Table {
  return {
    name: 'FieldDefinition',
    key: ['DurableId'],
    columns: [
      { name: 'DurableId', type: 'text' },
      { name: 'QualifiedApiName', type: 'text' },
      { name: 'EntityDefinition.QualifiedApiName', type: 'text' },
      { name: 'SecurityClassification', type: 'picklist', nullable: true },
      { name: 'ComplianceGroup', type: 'text', nullable: true },
    ],
    rows: tables.flatMap((table) =>
      table.columns.map((column) => {
        const group = column.sensitivity !== undefined && complianceGroups.has(column.sensitivity);
        return {
          DurableId: `${table.name}.${column.name}`,
          QualifiedApiName: column.name,
          'EntityDefinition.QualifiedApiName': table.name,
          SecurityClassification: group ? null : (column.sensitivity ?? null),
          ComplianceGroup: group ? column.sensitivity : null,
        };
      }),
    ),
  };
}
