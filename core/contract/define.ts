import type { DestinationConnector } from './destination.ts';
import type { Json } from './json.ts';
import type { SourceConnector } from './source.ts';

/** Declares a source connector; gives `create` the types of its schemas. */
export const defineSource = <Config, Options, Cursor extends Json>(
  connector: SourceConnector<Config, Options, Cursor>,
): SourceConnector<Config, Options, Cursor> => connector;

/** Declares a destination connector; gives `create` the type of its schema. */
export const defineDestination = <Config>(
  connector: DestinationConnector<Config>,
): DestinationConnector<Config> => connector;
