import { catalogueKnows, machineTypeOf } from "../catalogue/machine-types.ts";
import { given, schemaProblem } from "../checks/keys.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import type { DraftSite } from "./checks.ts";
import type { SiteProvider } from "./config.ts";

const ID = "SiteValidator";

/** How many servers there are, on what, and under which address. */
export function* siteServers(file: DraftSite, provider: SiteProvider): Generator<Problem> {
  const { Servers: servers, Zones: zones } = file;
  if (servers === undefined || servers === null) return;
  const { Count: count, InstanceType: type, PublicUrl: url } = servers;
  if (typeof count === "number" && zones) {
    if (provider === "local" && count > zones.length) {
      const message = `${count} servers are more than the ${zones.length} zones, and each zone has one machine for them`;
      yield problem(ID, ["Servers", "Count"], message, `write at most ${zones.length}`);
    } else if (count === 1 && zones.length > 1) {
      const message = "one server is in one zone, and nobody can sign in when that fails";
      yield problem(ID, ["Servers", "Count"], message, `write ${zones.length}`, {
        level: "WARNING",
      });
    }
  }
  if (typeof type === "string") yield* machineType(type, provider);
  const isPublic = url !== undefined && url !== null;
  if (provider === "aws" && isPublic && servers.CertificateArn === undefined) {
    const message = `the balancer has no certificate for ${url}`;
    const suggestion = "write CertificateArn of one in ACM";
    yield schemaProblem(["Servers", "CertificateArn"], message, suggestion, "missing");
  }
}

function* machineType(name: string, provider: SiteProvider): Generator<Problem> {
  const path: Path = ["Servers", "InstanceType"];
  if (provider === "aws") {
    if (catalogueKnows("aws", name) !== "nothing") return;
    const message = `${showValue(name)} is not a machine type that is known here, so nothing can be checked about it`;
    const suggestion = "check its spelling, or leave it if it is new";
    yield problem("InstanceTypeValidator", path, message, suggestion, { level: "WARNING" });
  } else if (machineTypeOf("local", name) === undefined) {
    const message = `${showValue(name)} is not a built-in machine type of the local cloud`;
    yield problem("InstanceTypeValidator", path, message, "write local.head");
  } else if (name.startsWith("light.")) {
    const message = `${showValue(name)} is a light machine type, and a server needs a whole system`;
    yield problem("InstanceTypeValidator", path, message, "write local.head");
  }
}

const MADE = ["Replica", "MinCapacity", "MaxCapacity"] as const;
const OWN = ["UserName", "PasswordFile", "PasswordSecretArn"] as const;

/** One that is made, with a copy in another zone, or one of one's own. */
export function* siteDatabase(file: DraftSite, provider: SiteProvider): Generator<Problem> {
  const { Database: database, Zones: zones } = file;
  if (database === undefined || database === null) return;
  const at = (key: string): Path => ["Database", key];
  if (database.Uri === undefined) {
    for (const key of given(database, OWN)) {
      const message = `${key} is of a server of one's own, and no Uri names it`;
      yield schemaProblem(at(key), message, "write Uri too, or remove it");
    }
  } else {
    for (const key of given(database, MADE)) {
      const message = `${key} is of a database that is made, and Uri names one that is there`;
      yield schemaProblem(at(key), message, "keep one of the two");
    }
    const password = provider === "local" ? "PasswordFile" : "PasswordSecretArn";
    for (const key of ["UserName", password] as const) {
      if (database[key] !== undefined) continue;
      const message = `${key} is missing, and there is no default for it`;
      yield schemaProblem(at(key), message, `write ${key} of the server`, "missing");
    }
  }
  if (database.Replica === true && zones?.length === 1) {
    const message = `the site has one zone, ${showValue(zones[0])}, and a copy there is lost with it`;
    yield problem(ID, at("Replica"), message, "write a second zone under Zones, or false");
  }
  if (database.Replica === false && zones && zones.length > 1 && database.Uri === undefined) {
    const message =
      "without a copy, what servers and accounting know is lost with the zone of the database";
    yield problem(ID, at("Replica"), message, "write true", { level: "WARNING" });
  }
  const { MinCapacity: least = 0.5, MaxCapacity: most = 4 } = database;
  if (least === null || most === null || least <= most) return;
  const message = `the least capacity, ${least}, is more than the most, ${most}`;
  yield schemaProblem(at("MinCapacity"), message, `write at most ${most}`, "value");
}
