"""Rules that a document can tell only in words: what they refuse is no fault, if the answer names the rule."""

import re

import schemathesis

# Rules between parameters, by the pointer and the detail of the refusal. A unit test holds all details that come from this server
# to its texts.
PARAMETERS = [
    (r"\?diff", r"must be used together with dryRun=All"),
    (r"\?force", r"is not supported: only an apply can be forced; .*"),
    (r"\?view", r"is not supported: this path takes none"),
    (r"\?labelSelector", r"must be a selector such as .*"),
    (r"\?fieldSelector", r"must be a selector such as .*"),
    (r"\?fieldSelector", r"names .*, which is not supported; .*"),
    (r"\?fieldSelector", r"must select by .*; .* is not supported"),
    (r"\?continue", r"must be the token of the previous page; .*"),
    (r"\?(limit|continue|sort)", r"must not be used together with view=overview"),
    (r"\?kinds", r"must be one or more of .*, separated by commas; .* is not one of them"),
]

# Rules of headers, by the header and the detail of the problem.
HEADERS = [
    (r"if-(none-)?match", r"The .* header must be .* list of entity tags\."),
    (r"if-none-match", r"The .* header cannot be used .*"),
    (r"last-event-id", r"The Last-Event-ID header must be the id of an event of this stream."),
]

# Rules of values.
VALUES = [
    # The name may be in the path alone; POST requires it, as the document says in words.
    (r"/metadata(/name)?", r"is required"),
    (r"/metadata/name", r"must be .*"),
    # Some labels and annotations are the server's.
    (r"/metadata/(labels|annotations)(/.*)?", r"must be a string"),
    (r"/metadata/(labels|annotations)(/.*)?", r"is set by the server .*"),
    # Labels and annotations together.
    (r"/metadata(/(labels|annotations))?", r"must have at most .* bytes in labels and annotations together"),
    # Whole numbers of Kubernetes have 64 bits.
    (r"/spec/.+", r"must be an integer or a string"),
    # References.
    (r"/spec/.*", r"names an object that does not exist"),
    # Lists that are maps by a key of their items.
    (r"/spec/.*/\d+", r"is duplicated"),
    # What only the other side writes.
    (r"/spec/approval", r"can only be changed by the actions .*"),
    (r"/spec/(roles|credentials|termsAcceptance)", r"is what the authority has approved and cannot be changed; .*"),
    # A dataspace is published by its authority.
    (r"/spec/authorityRef/name", r"must be .*, the organization of the profile"),
    # What comes with apiVersion and kind is checked by them.
    (r"/\d+(/.*)?", r"must be .*"),
    (r"/\d+(/.*)?", r"is required"),
    (r"/\d+(/.*)?", r"is duplicated"),
]

# Rules of the cluster for values, in its words: labels and annotations have syntaxes of their own.
CLUSTER = [
    (r"/metadata/name", r"the name of an organization is .*"),
    (
        r"/metadata/(labels|annotations)(/.*)?",
        r"((name part|prefix part|a valid label|a valid label key|a qualified name|a lowercase RFC 1123 subdomain) )+must .*",
    ),
]

# Rules of what a patch makes of an object.
RESULTS = [
    (r"/spec(/.*)?", r"is required"),
    (r"(/.*)?", r"is not a field of this kind"),
    (r"(/\d+)?", r"cannot be applied to the current object: .*"),
    (r"(/\d+)?", r"must result in an object"),
]

# Rules of YAML 1.2, in which a text is a number that a writer of YAML 1.1 leaves bare.
TEXTS = [
    (r"/.*", r"must be a string"),
]

# An event of a stream, as Schemathesis reads it.
EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["ADDED", "MODIFIED", "DELETED", "SYNCED", "BOOKMARK", "RESET", "ERROR", "RECONNECT"]},
        "id": {"type": "string"},
        "data": {"type": "string", "pattern": "^\\{"},
        "retry": {"type": "integer"},
    },
    "required": ["event", "data"],
    "additionalProperties": False,
}

# Rules over several fields (CEL): what the document calls x-kubernetes-validations.
MESSAGES = set()

# Ids of the cases that deleted nothing, or nothing yet.
KEPT = set()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Closes what clients send: this cluster's definitions are those of the document, and unknown fields are refused."""
    for name, schema in raw_schema["components"]["schemas"].items():
        if name.endswith(("Spec", "Manifest")) or name == "ManifestMeta":
            close(schema)
    collect_messages(raw_schema["components"]["schemas"])
    link(raw_schema["paths"])
    describe_events(raw_schema["paths"])


def link(paths):
    """Leads from what was created or listed to all that can be asked of it: the sequences of stateful tests."""
    for collection, item in paths.items():
        targets = {
            f"{method}-{path.removeprefix(collection)}": operation["operationId"]
            for path, operations in paths.items()
            if path.startswith(f"{collection}/{{name}}")
            for method, operation in operations.items()
        }
        parameters = {"path.organization": "$request.path.organization"} if "{organization}" in collection else {}
        for method, status, name in [("post", "201", "/metadata/name"), ("get", "200", "/items/0/metadata/name")]:
            if targets and method in item:
                item[method]["responses"][status]["links"] = {
                    title: {"operationId": target, "parameters": {**parameters, "path.name": f"$response.body#{name}"}}
                    for title, target in targets.items()
                }


def describe_events(node):
    """Gives each event of a stream a schema: OpenAPI 3.1 has one only for the whole text, but Schemathesis compares events."""
    if isinstance(node, dict):
        if "text/event-stream" in node:
            node["text/event-stream"]["schema"] = EVENT
        node = node.values()
    if isinstance(node, (list, type({}.values()))):
        for child in node:
            describe_events(child)


def collect_messages(node):
    if isinstance(node, dict):
        for rule in node.get("x-kubernetes-validations", []):
            if "message" in rule:
                # Answers leave out the field that a message begins with, because they point to it.
                MESSAGES.update((rule["message"], rule["message"].partition(" ")[2]))
        node = node.values()
    if isinstance(node, (list, type({}.values()))):
        for child in node:
            collect_messages(child)


def close(schema):
    if not isinstance(schema, dict):
        return
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.setdefault("additionalProperties", False)
    for child in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]:
        close(child)


@schemathesis.hook
def filter_case(context, case):
    """A log that is followed has no end."""
    return "follow" not in (case.query or {})


@schemathesis.hook
def after_call(context, case, response):
    """Notes deletions after which the object is still there: those that were only tried, and those that take their time."""
    if case.method == "DELETE" and ("dryRun" in (case.query or {}) or response.status_code == 202):
        KEPT.add(case.id)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # The HTTP parser of the single binary refuses large headers, and a long target with them, without a body.
    if response.status_code == 431 and not response.content:
        return False
    match type(failure).__name__:
        case "RejectedPositiveData":
            return not is_explained(case, response)
        case "AcceptedNegativeData":
            # The cluster reads null as if the field were not there.
            return not has_null(case.body)
        case "UseAfterFree":
            return failure.deleted_case_id not in KEPT
    return True


def has_null(value):
    if isinstance(value, dict):
        return any(child is None or has_null(child) for child in value.values())
    return isinstance(value, list) and any(has_null(child) for child in value)


def is_explained(case, response):
    problem = response.json()
    errors = problem.get("errors", [])
    names = {name.lower() for name in case.headers or {}}
    # A header without a value does not reach a function in workerd; in the single binary it does.
    headers = {name.lower() for name, value in (case.headers or {}).items() if value}
    match response.status_code, problem["code"]:
        case 400, "invalid_request":
            if {"if-match", "if-none-match"} <= headers and case.method in ("PUT", "PATCH"):
                return True
            for header, detail in HEADERS:
                if any(re.fullmatch(header, name) for name in names) and re.fullmatch(detail, problem["detail"]):
                    return True
            return bool(errors) and all(is_among(PARAMETERS, error) for error in errors)
        case 422, "validation_failed":
            # What a patch makes of an object cannot be said of the patch.
            values = VALUES + CLUSTER + (RESULTS if case.method == "PATCH" else [])
            values += TEXTS if "yaml" in (case.media_type or "") else []
            return bool(errors) and all(error["detail"] in MESSAGES or is_among(values, error) for error in errors)
        case 428, "precondition_required":
            return case.method == "PUT" and not {"if-match", "if-none-match"} & headers
    return False


def is_among(rules, error):
    return any(re.fullmatch(pointer, error["pointer"]) and re.fullmatch(detail, error["detail"]) for pointer, detail in rules)
