"""Rules that a document can tell only in words: what they refuse is no fault, if the answer names the rule."""

import re

import schemathesis

# Rules between parameters, by the pointer and the detail of the refusal.
PARAMETERS = [
    (r"\?diff", r"needs dryRun=All"),
    (r"\?force", r"is not known; known here are dryRun, diff"),
    (r"\?view", r"is not known; no query parameters are known here"),
    (r"\?labelSelector", r"must be a selector such as .*"),
    (r"\?fieldSelector", r"must be a selector such as .*|names a field that this kind cannot be selected by"),
    (r"\?continue", r"must be a token .*"),
]

# Rules of values, by the pointer and the detail of the refusal.
VALUES = [
    # The name is in the path, too.
    (r"/metadata/name", r"must be .*|the name of an organisation is .*"),
    # Labels and annotations have syntaxes of their own; some are the server's.
    (r"/metadata/(labels|annotations)(/.*)?", r".*"),
    # References.
    (r"/spec/.*", r"names something that does not exist"),
    # What comes with apiVersion and kind is checked by them.
    (r"/\d+(/.*)?", r"must be .*|is required|is given twice"),
]

# Rules over several fields (CEL): what the document calls x-kubernetes-validations.
MESSAGES = set()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Closes what clients send: this cluster's definitions are those of the document, and unknown fields are refused."""
    for name, schema in raw_schema["components"]["schemas"].items():
        if name.endswith(("Spec", "Manifest")) or name == "ManifestMeta":
            close(schema)
    collect_messages(raw_schema["components"]["schemas"])


def collect_messages(node):
    if isinstance(node, dict):
        MESSAGES.update(rule["message"] for rule in node.get("x-kubernetes-validations", []) if "message" in rule)
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
def filter_failure(context, failure, case, response):
    match type(failure).__name__:
        case "RejectedPositiveData":
            return not is_explained(case, response)
        case "AcceptedNegativeData":
            # The cluster reads null as if the field were not there.
            return not has_null(case.body)
    return True


def has_null(value):
    if isinstance(value, dict):
        return any(child is None or has_null(child) for child in value.values())
    return isinstance(value, list) and any(has_null(child) for child in value)


def is_explained(case, response):
    problem = response.json()
    errors = problem.get("errors", [])
    # A header without a value does not reach the server.
    headers = {name.lower() for name, value in (case.headers or {}).items() if value}
    match response.status_code, problem["code"]:
        case 400, "invalid_request":
            if {"if-match", "if-none-match"} <= headers and case.method == "PUT":
                return True
            return bool(errors) and all(is_among(PARAMETERS, error) for error in errors)
        case 422, "validation_failed":
            # What a patch makes of an object cannot be said of the patch.
            if case.method == "PATCH":
                return True
            return bool(errors) and all(error["detail"] in MESSAGES or is_among(VALUES, error) for error in errors)
        case 428, "precondition_required":
            return case.method == "PUT" and not {"if-match", "if-none-match"} & headers
    return False


def is_among(rules, error):
    return any(re.fullmatch(pointer, error["pointer"]) and re.fullmatch(detail, error["detail"]) for pointer, detail in rules)
