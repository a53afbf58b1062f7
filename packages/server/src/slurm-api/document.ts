import { isJsonObject } from "@sluice/jobs";
import { SluiceError } from "@sluice/model";
import { Ajv, type ValidateFunction } from "ajv";
import { lenient } from "./lenient.ts";
import { encoded } from "./path.ts";

type Json = Readonly<Record<string, unknown>>;

/** One operation of slurmrestd's, as its document has it. */
export interface SlurmOperation {
  /** `slurm_v0041_get_jobs` */
  readonly id: string;
  /** As slurmrestd writes it: `/slurm/v0.0.41/job/{job_id}`. */
  readonly template: string;
  readonly path: string;
  /** Names that a query may have. */
  readonly query: ReadonlySet<string>;
  /** Throws `REQUEST_INVALID` with what is wrong where. */
  checkBody(body: unknown): void;
}

interface Template {
  readonly template: string;
  readonly segments: readonly string[];
}

/** slurmrestd's own OpenAPI document, to look requests up in. */
export class SlurmDocument {
  readonly #document: Json;
  /** By how many segments there are and how they begin. */
  readonly #templates: ReadonlyMap<string, readonly Template[]>;
  readonly #validators = new Map<string, ValidateFunction | undefined>();
  readonly #ajv = new Ajv({ strict: false, allErrors: false, validateFormats: false });

  /** Throws `SLURM_UNREACHABLE` for what is no such document. */
  constructor(document: unknown) {
    if (!isJsonObject(document) || !isJsonObject(document.paths)) {
      throw new SluiceError("SLURM_UNREACHABLE", "system", "slurmrestd tells nothing of itself");
    }
    this.#document = document;
    const templates = Object.keys(document.paths).map((template) => ({
      template,
      segments: segmentsOf(template),
    }));
    this.#templates = Map.groupBy(templates, ({ segments }) => beginningOf(segments));
    const { components } = document;
    const schemas = isJsonObject(components) ? components.schemas : {};
    this.#ajv.addSchema({ $id: "slurm", components: { schemas: lenient(schemas) } });
  }

  /** @param segments of the path, decoded. Undefined: slurmrestd has no such operation. */
  find(method: string, segments: readonly string[]): SlurmOperation | undefined {
    const found = (this.#templates.get(beginningOf(segments)) ?? [])
      .filter((one) => one.segments.every((word, i) => isParameter(word) || word === segments[i]))
      // `/jobs/state` before `/jobs/{id}`
      .sort((a, b) => parametersIn(a.segments) - parametersIn(b.segments))
      .map(({ template }) => this.#operation(method, template, segments));
    return found.find((one) => one !== undefined);
  }

  #operation(
    method: string,
    template: string,
    segments: readonly string[],
  ): SlurmOperation | undefined {
    const paths = this.#document.paths as Json;
    const item = paths[template];
    const verb = method.toLowerCase();
    const operation = isJsonObject(item) && Object.hasOwn(item, verb) ? item[verb] : undefined;
    if (!isJsonObject(operation)) return undefined;
    const id = typeof operation.operationId === "string" ? operation.operationId : template;
    const parameters = [
      ...(Array.isArray(operation.parameters) ? operation.parameters : []),
      ...(isJsonObject(item) && Array.isArray(item.parameters) ? item.parameters : []),
    ].filter(isJsonObject);
    const query = parameters.flatMap(({ in: place, name }) =>
      place === "query" && typeof name === "string" ? [name] : [],
    );
    return {
      id,
      template,
      path: `/${segments.map(encoded).join("/")}${template.endsWith("/") ? "/" : ""}`,
      query: new Set(query),
      checkBody: (body) => this.#check(`${method} ${template}`, operation, body),
    };
  }

  #check(name: string, operation: Json, body: unknown): void {
    const schema = bodySchema(operation);
    if (body === undefined) return;
    if (schema === undefined) throw wrong("this operation takes no body");
    if (!this.#validators.has(name)) {
      const local = JSON.parse(
        JSON.stringify(lenient(schema)).replaceAll('"#/components/', '"slurm#/components/'),
      ) as Json;
      this.#validators.set(name, this.#ajv.compile(local));
    }
    const validate = this.#validators.get(name);
    if (validate === undefined || validate(body)) return;
    const { instancePath, message } = validate.errors?.[0] ?? { instancePath: "", message: "" };
    throw wrong(`the body${instancePath.slice(0, 200)} ${message}`);
  }
}

function bodySchema({ requestBody }: Json): unknown {
  const content = isJsonObject(requestBody) ? requestBody.content : undefined;
  const json = isJsonObject(content) ? content["application/json"] : undefined;
  return isJsonObject(json) ? json.schema : undefined;
}

const segmentsOf = (path: string): readonly string[] =>
  path.split("/").filter((word) => word !== "");
const beginningOf = (segments: readonly string[]): string =>
  `${segments.length} ${segments[0]} ${segments[1]}`;
const isParameter = (word: string): boolean => word.startsWith("{") && word.endsWith("}");
const parametersIn = (segments: readonly string[]): number => segments.filter(isParameter).length;

function wrong(message: string): SluiceError {
  return new SluiceError("REQUEST_INVALID", "user", message, {
    hint: "see slurmrestd's own document at /openapi/v3",
  });
}
