"""Creates a vault, waits until it is ready, finds it in a list, changes it, reads the errors of a refused change, and deletes it."""

import json
import sys

from httpx import Response
from kaphera_cloud_server_client import AuthenticatedClient
from kaphera_cloud_server_client.api.vaults import create_vault, delete_vault, list_vaults
from kaphera_cloud_server_client.models import Problem, Vault, VaultManifest

url, token, organization, name = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)


def manifest(mode: str) -> VaultManifest:
    return VaultManifest.from_dict({"metadata": {"name": name}, "spec": {"mode": "Managed", "deletionPolicy": mode}})


created = create_vault.sync_detailed(organization, client=client, body=manifest("Retain"), prefer="wait=30")
assert created.status_code == 201, created.content
print("created", created.parsed.metadata.name, "ready" if created.parsed.ready else "not ready")

listed = list_vaults.sync_detailed(organization, client=client, field_selector=f"metadata.name={name}")
assert listed.status_code == 200, listed.content
print("listed", *[vault.metadata.name for vault in listed.parsed.items])


def patch(body: dict) -> Response:
    """The generator's own function takes no patch: it compares bodies with list[JsonPatchItem], which Python refuses."""
    path = f"/v1/organizations/{organization}/vaults/{name}"
    headers = {"Content-Type": "application/merge-patch+json"}
    return client.get_httpx_client().patch(path, content=json.dumps(body), headers=headers)


patched = patch({"metadata": {"labels": {"team": "logistics"}}})
assert patched.status_code == 200, patched.content
print("patched", Vault.from_dict(patched.json()).metadata.labels["team"])

refused = patch({"spec": {"managed": {"replicas": 2}}})
assert refused.status_code == 422, refused.content
problem = Problem.from_dict(refused.json())
print("refused", problem.code.value, *[error.pointer for error in problem.errors])

deleted = delete_vault.sync_detailed(organization, name, client=client, prefer="wait=30")
assert deleted.status_code == 204, deleted.content
print("deleted")
