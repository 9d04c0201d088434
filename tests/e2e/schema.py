"""A small JSON Schema checker for the API document, and the answers that are held against it."""

import json
import re
from decimal import Decimal

KEPT_PER_KIND = 60

FORMATS = {
    "uuid": re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    "date": re.compile(r"^\d{4}-\d\d-\d\d$"),
    "date-time": re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"),
}


class Answers:
    """Keeps some answers of each kind; called for every one of them, from any thread."""

    def __init__(self):
        self.kept = {}

    def __call__(self, method, path, reply):
        if "json" not in reply.headers.get("content-type", ""):
            return
        plain = path.split("?")[0]
        shape = re.sub(r"[0-9a-f-]{36}", "{id}", plain)
        some = self.kept.setdefault((method, shape, reply.status), [])
        if len(some) < KEPT_PER_KIND:
            some.append((plain, reply))

    def all(self):
        for (method, _, status), some in self.kept.items():
            for path, reply in some:
                yield method, path, status, reply


def parse(text):
    """JSON with numbers as they were written."""
    return json.loads(text, parse_float=Decimal)


def type_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Decimal):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


class Checker:
    def __init__(self, document):
        self.document = document
        self.templates = []
        for path, item in document["paths"].items():
            pattern = re.compile("^" + re.sub(r"\\\{[^}]*\\\}|\{[^}]*\}", "[^/]+", re.escape(path)) + "$")
            fixed = len(re.sub(r"\{[^}]*\}", "", path))
            self.templates.append((path.count("{"), -fixed, pattern, item))
        self.templates.sort(key=lambda one: one[:2])

    def resolved(self, schema):
        while "$ref" in schema:
            part = self.document
            for name in schema["$ref"][2:].split("/"):
                part = part[name]
            schema = part
        return schema

    def problems(self, value, schema, where="$"):
        is_money = schema.get("$ref", "").endswith("/Money")
        schema = self.resolved(schema)
        if is_money and type_of(value) != "null" and not (isinstance(value, Decimal) and value.as_tuple().exponent == -2):
            return ["%s: %r is no amount with two digits" % (where, value)]
        for word in ("anyOf", "oneOf"):
            if word in schema:
                tries = [self.problems(value, one, where) for one in schema[word]]
                return [] if any(not one for one in tries) else min(tries, key=len)
        if "const" in schema and value != schema["const"]:
            return ["%s: %r is not %r" % (where, value, schema["const"])]
        if "enum" in schema and value not in schema["enum"]:
            return ["%s: %r is none of %s" % (where, value, schema["enum"])]
        wanted = schema.get("type")
        if wanted is not None:
            wanted = wanted if isinstance(wanted, list) else [wanted]
            is_type = type_of(value)
            if is_type not in wanted and not (is_type == "integer" and "number" in wanted):
                return ["%s: %s where %s is said" % (where, is_type, "|".join(wanted))]
        found = []
        if isinstance(value, str):
            if "format" in schema and schema["format"] in FORMATS and not FORMATS[schema["format"]].match(value):
                found.append("%s: %r is no %s" % (where, value, schema["format"]))
            if "pattern" in schema and not re.search(schema["pattern"], value):
                found.append("%s: %r does not match %s" % (where, value, schema["pattern"]))
        if isinstance(value, dict):
            members = schema.get("properties", {})
            found += ["%s.%s is missing" % (where, name) for name in schema.get("required", []) if name not in value]
            for name, inner in value.items():
                if name in members:
                    found += self.problems(inner, members[name], where + "." + name)
                elif members and schema.get("additionalProperties", True) is False:
                    found.append("%s.%s is not described" % (where, name))
        if isinstance(value, list) and "items" in schema:
            for at, inner in enumerate(value):
                found += self.problems(inner, schema["items"], "%s[%d]" % (where, at))
        return found

    def operation(self, method, path):
        short = path[len("/api/v1"):] if path.startswith("/api/v1/") else path
        for _, _, pattern, item in self.templates:
            if pattern.match(short) and method.lower() in item:
                return item[method.lower()]
        return None

    def check(self, method, path, status, body):
        """(operationId, problems); None for what is no operation."""
        operation = self.operation(method, path)
        if operation is None:
            return None, []
        name = operation["operationId"]
        response = operation["responses"].get(str(status))
        if response is None:
            return name, ["status %d is not described" % status]
        content = self.resolved(response).get("content", {})
        if not content:
            return name, []
        media = next(iter(content.values()))
        try:
            value = parse(body)
        except ValueError as broken:
            return name, ["no JSON: %s" % broken]
        return name, self.problems(value, media["schema"])
