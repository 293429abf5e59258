import { type App, TerraformProvider, TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import type { Origin } from '../facts/model.ts';
import type { Arguments } from './arguments.ts';

/** The configuration of one Terraform provider in one stack. */
export interface ReviewedProvider extends Origin {
  /** As they are written, references included. */
  readonly arguments: Arguments;
  readonly construct: IConstruct;
}

/** Every configured provider of every stack. Its address is that of its configuration, e.g. `provider.google`. */
export function providersOf(app: App): ReviewedProvider[] {
  return app.node
    .findAll()
    .filter((construct) => TerraformProvider.isTerraformProvider(construct))
    .map((construct) => ({
      stack: TerraformStack.of(construct).node.id,
      address: `provider.${construct.terraformResourceType}`,
      path: construct.node.path,
      arguments: construct.toTerraform().provider[construct.terraformResourceType][0],
      construct,
    }));
}
