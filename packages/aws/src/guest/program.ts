/** What the program has to know, as it stands in it. */
export interface GuestFacts {
  readonly region: string;
  readonly bucket: string;
  /** `OBJECTS.prefix` of the cluster. */
  readonly prefix: string;
  /** `NAME-UNIQUE`, as the proof of identity says it. */
  readonly cluster: string;
  /** Of the head: what it reports a failed boot to. */
  readonly stack: string;
  readonly resource: string;
}

/**
 * What machines run to speak with their account before, and beside, our own program: Python of any
 * release since 3.6 with its own library alone, which every image with cloud-init has. Red Hat's
 * older ones keep it out of the path, so that a shell looks for it first.
 */
export function guestProgram(facts: GuestFacts): string {
  return PROGRAM.replace("FACTS_HERE", () => JSON.stringify(facts));
}

const PROGRAM = String.raw`#!/bin/sh
''':'
for python in python3 /usr/libexec/platform-python; do
  command -v "$python" > /dev/null && exec "$python" -B "$0" "$@"
done
echo "this machine has no Python" >&2
exit 127
'''
import hashlib, hmac, json, os, sys, time
import urllib.error, urllib.parse, urllib.request

FACTS = FACTS_HERE
METADATA = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254").rstrip("/")
PATIENCE = float(os.environ.get("SLUICE_PATIENCE", "60"))
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Gone(Exception):
    pass


class Encrypted(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, ask, *rest):
        if urllib.parse.urlsplit(rest[-1]).scheme != "https":
            raise Gone("%s leads to %s" % (ask.full_url, rest[-1]))
        return super().redirect_request(ask, *rest)


def metadata(path, token=[]):
    if not token or token[1] < time.time():
        ask = urllib.request.Request(METADATA + "/latest/api/token", method="PUT")
        ask.add_header("X-aws-ec2-metadata-token-ttl-seconds", "21600")
        token[:] = [DIRECT.open(ask, timeout=5).read().decode(), time.time() + 20000]
    ask = urllib.request.Request(METADATA + "/latest/" + path)
    ask.add_header("X-aws-ec2-metadata-token", token[0])
    try:
        return DIRECT.open(ask, timeout=5).read().decode()
    except urllib.error.HTTPError as error:
        if error.code == 401:
            del token[:]
        if error.code == 404:
            return None
        raise


def credentials():
    base = "meta-data/iam/security-credentials/"
    role = metadata(base)
    if not role:
        raise Exception("this machine has no role")
    found = json.loads(metadata(base + role.split()[0]) or "{}")
    if "AccessKeyId" not in found:
        raise Exception("the machine's role has no credentials yet")
    return found


def sign(method, url, headers, digest, keys, region, service, stamp):
    """Adds the authorization of Signature Version 4 to the headers, whose names are small."""
    parts = urllib.parse.urlsplit(url)
    headers["host"] = parts.netloc
    headers["x-amz-date"] = stamp
    if keys.get("Token"):
        headers["x-amz-security-token"] = keys["Token"]
    names = sorted(headers)
    canonical = [method, parts.path or "/", "&".join(sorted(parts.query.split("&")))]
    canonical += [n + ":" + " ".join(headers[n].split()) for n in names]
    canonical += ["", ";".join(names), digest]
    scope = "/".join([stamp[:8], region, service, "aws4_request"])
    text = "\n".join(
        ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256("\n".join(canonical).encode()).hexdigest()]
    )
    key = ("AWS4" + keys["SecretAccessKey"]).encode()
    for part in scope.split("/") + [text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    headers["authorization"] = (
        "AWS4-HMAC-SHA256 Credential=" + keys["AccessKeyId"] + "/" + scope
        + ", SignedHeaders=" + ";".join(names) + ", Signature=" + key.hex()
    )
    return headers


def endpoint(service, region):
    own = os.environ.get("AWS_ENDPOINT_URL")
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return own.rstrip("/") if own else "https://" + service + "." + region + "." + suffix


def signed(method, service, region, path, body=b"", more={}):
    url = endpoint(service, region) + path
    digest = hashlib.sha256(body).hexdigest()
    headers = dict(more)
    if service == "s3":
        headers["x-amz-content-sha256"] = digest
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return url, sign(method, url, headers, digest, credentials(), region, service, stamp)


def patiently(call):
    """Rights of a new role take a while to be known everywhere, so refusals are asked again too."""
    until, pause = time.time() + PATIENCE, 0.5
    while True:
        try:
            return call()
        except Gone:
            raise
        except Exception as error:
            if time.time() + pause > until:
                raise
            sys.stderr.write("asking again: %s\n" % told(error))
            time.sleep(pause)
            pause = min(pause * 2, 5)


def told(error):
    if isinstance(error, urllib.error.HTTPError):
        try:
            return "%s: %s" % (error.code, error.read(500).decode("utf-8", "replace"))
        except Exception:
            pass
    return str(error)


def save(answer, file):
    part = file + ".part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        wanted, got = answer.headers.get("content-length"), 0
        for data in iter(lambda: answer.read(1 << 20), b""):
            out.write(data)
            got += len(data)
    if wanted is not None and int(wanted) != got:
        raise Exception("the answer ended after %d of %s bytes" % (got, wanted))
    os.rename(part, file)


def s3(method, bucket, key, body=b"", region=None):
    region = region or FACTS["region"]
    path = "/" + bucket + "/" + urllib.parse.quote(key, safe="/-_.~")
    url, headers = signed(method, "s3", region, path, body)
    try:
        ask = urllib.request.Request(url, body or None, headers, method=method)
        return urllib.request.urlopen(ask, timeout=60)
    except urllib.error.HTTPError as error:
        other = error.headers.get("x-amz-bucket-region")
        if other and other != region:
            return s3(method, bucket, key, body, other)
        if error.code == 404:
            raise Gone("there is no s3://%s/%s" % (bucket, key))
        raise


def fetch_url(url, file):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "s3":
        patiently(lambda: save(s3("GET", parts.netloc, parts.path[1:]), file))
    elif parts.scheme == "https":
        opener = urllib.request.build_opener(Encrypted)
        patiently(lambda: save(opener.open(url, timeout=60), file))
    else:
        raise Exception("%s is neither s3:// nor https://" % url)


def query(service, parameters, more={}):
    body = urllib.parse.urlencode(parameters)
    more = dict(more, **{"content-type": "application/x-www-form-urlencoded"})
    url, headers = signed("POST", service, FACTS["region"], "/", body.encode(), more)
    return url, headers, body


def identity():
    action = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]
    _, headers, body = query("sts", action, {"x-sluice-cluster": FACTS["cluster"]})
    print(json.dumps({"method": "POST", "headers": headers, "body": body}))


def store(key, body):
    patiently(lambda: s3("PUT", FACTS["bucket"], key, body).read())


def report(status, message):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    instance = patiently(lambda: metadata("meta-data/instance-id"))
    said = {"status": status, "message": message[:4000], "at": now, "instanceId": instance}
    try:
        store(FACTS["prefix"] + "/head/report.json", json.dumps(said).encode())
    finally:
        if status == "failed":
            patiently(lambda: signal(instance))


def signal(instance):
    url, headers, body = query("cloudformation", [
        ("Action", "SignalResource"), ("Version", "2010-05-15"), ("Status", "FAILURE"),
        ("StackName", FACTS["stack"]), ("LogicalResourceId", FACTS["resource"]), ("UniqueId", instance),
    ])
    urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=30).read()


def in_force():
    spot = json.loads(metadata("meta-data/spot/instance-action") or "{}")
    if spot:
        yield "spot " + spot.get("time", "")
    for event in json.loads(metadata("meta-data/events/maintenance/scheduled") or "[]"):
        if event.get("State", "active") == "active":
            at = time.strptime(event["NotBefore"], "%d %b %Y %H:%M:%S GMT")
            yield "maintenance " + time.strftime("%Y-%m-%dT%H:%M:%SZ", at)


def notices():
    known, pause = set(), 5
    while True:
        try:
            pause = 5 if metadata("meta-data/instance-life-cycle") == "spot" else 60
            for notice in in_force():
                if notice not in known:
                    known.add(notice)
                    print(notice.strip(), flush=True)
        except Exception as error:
            sys.stderr.write("%s\n" % told(error))
        time.sleep(pause)


def leaving():
    while True:
        try:
            if metadata("meta-data/autoscaling/target-lifecycle-state") == "Terminated":
                return
        except OSError as error:
            sys.stderr.write("%s\n" % told(error))
        time.sleep(float(os.environ.get("SLUICE_LOOK", "10")))


def let_go(group, hook):
    url, headers, body = query("autoscaling", [
        ("Action", "CompleteLifecycleAction"), ("Version", "2011-01-01"),
        ("AutoScalingGroupName", group), ("LifecycleHookName", hook),
        ("InstanceId", metadata("meta-data/instance-id")), ("LifecycleActionResult", "CONTINUE"),
    ])
    urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=30).read()


def main(verb, *rest):
    if verb == "fetch":
        patiently(lambda: save(s3("GET", FACTS["bucket"], rest[0]), rest[1]))
    elif verb == "fetch-url":
        fetch_url(*rest)
    elif verb == "store":
        with open(rest[1], "rb") as file:
            store(rest[0], file.read())
    elif verb == "identity":
        identity()
    elif verb == "notices":
        notices()
    elif verb == "leaving":
        leaving()
    elif verb == "let-go":
        patiently(lambda: let_go(*rest))
    elif verb == "report":
        report(rest[0], " ".join(rest[1:]))
    else:
        raise Exception("unknown verb " + verb)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit("%s: %s" % (" ".join(sys.argv[1:3]), told(error)))
`;
