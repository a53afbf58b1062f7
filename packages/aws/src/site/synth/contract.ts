import type { ManagedSiteSecret } from "@sluice/boot";
import type { SiteConfig } from "@sluice/model";
import type { Stack } from "aws-cdk-lib/core";
import type { TemplateParameter } from "../../infrastructure/synth/contract.ts";
import type { Parameters } from "../../infrastructure/synth/parameters.ts";

export interface SiteSynthRequest {
  readonly name: string;
  /** See `names.ts`. */
  readonly unique: string;
  readonly config: SiteConfig;
  readonly region: string;
  /** `prefix` is `OBJECTS.sitePrefix`. */
  readonly bucket: { readonly name: string; readonly prefix: string };
  /** Of `Vpc.Id`; undefined where a network is made. */
  readonly network: GivenSiteNetwork | undefined;
  /** ARNs in Secrets Manager. */
  readonly secrets: Readonly<Record<ManagedSiteSecret, string>>;
  readonly certificate: SiteCertificate;
  /** Object with the servers' own part of their file. */
  readonly serverFileKey?: string;
  /** User data of a machine, raw. */
  readonly userData: (machine: { readonly name: string; readonly resource: string }) => string;
}

/** What the balancer shows. */
export type SiteCertificate =
  /** One in ACM. */
  | { readonly arn: string }
  /** One that the site has for itself, PEM, and the ARN of the secret with its key. */
  | { readonly body: string; readonly keySecretArn: string };

/** A network that is there, as the account has it. */
export interface GivenSiteNetwork {
  readonly vpcId: string;
  /** In the order of the site's zones. */
  readonly subnets: readonly {
    readonly zone: string;
    readonly subnetId: string;
    readonly cidr: string;
  }[];
  /** Whether the world has a way in. */
  readonly isPublic: boolean;
}

export interface SynthesisedSite {
  /** JSON. */
  readonly template: string;
  readonly parameters: readonly TemplateParameter[];
  /** By machine: what it is made of, as its tag says. */
  readonly revisions: Readonly<Record<string, string>>;
}

/** What every part of a site's stack is made in. */
export interface SiteScope {
  readonly stack: Stack;
  readonly request: SiteSynthRequest;
  readonly config: SiteConfig;
  /** `siteLabel`. */
  readonly label: string;
  readonly parameters: Parameters;
}
