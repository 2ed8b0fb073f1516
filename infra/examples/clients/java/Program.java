import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.VaultsApi;
import org.openapitools.client.model.Problem;
import org.openapitools.client.model.Vault;
import org.openapitools.client.model.VaultList;
import org.openapitools.client.model.VaultManifest;

/** Creates a vault, waits until it is ready, finds it in a list, changes it, reads the errors of a refused change, and deletes it. */
public final class Program {
  public static void main(String[] args) throws Exception {
    String organization = args[2];
    String name = args[3];
    ApiClient client = new ApiClient().setBasePath(args[0]);
    client.setConnectTimeout(60_000).setReadTimeout(60_000);
    client.addDefaultHeader("Authorization", "Bearer " + args[1]);
    VaultsApi vaults = new VaultsApi(client);

    VaultManifest manifest =
        VaultManifest.fromJson("{\"metadata\": {\"name\": \"" + name + "\"}, \"spec\": {\"mode\": \"Managed\"}}");
    Vault created = vaults.createVault(organization, manifest, null, null, "wait=30", null, null, null).getVault();
    System.out.println(
        "created " + created.getMetadata().getName() + (Boolean.TRUE.equals(created.getReady()) ? " ready" : " not ready"));

    VaultList listed =
        vaults
            .listVaults(organization, null, null, null, "metadata.name=" + name, null, null, null, null, null, null)
            .getVaultList();
    System.out.println("listed " + listed.getItems().get(0).getMetadata().getName());

    Map<String, Object> labels = Map.of("metadata", Map.of("labels", Map.of("team", "logistics")));
    Vault patched =
        vaults.patchVault(organization, name, labels, null, null, null, null, null, null, null, null, null).getVault();
    System.out.println("patched " + patched.getMetadata().getLabels().get("team"));

    try {
      Map<String, Object> broken = Map.of("spec", Map.of("managed", Map.of("replicas", 2)));
      vaults.patchVault(organization, name, broken, null, null, null, null, null, null, null, null, null);
      throw new IllegalStateException("a vault with two replicas was not refused");
    } catch (ApiException refused) {
      Problem problem = Problem.fromJson(refused.getResponseBody());
      System.out.println("refused " + problem.getCode() + " " + problem.getErrors().get(0).getPointer());
    }

    vaults.deleteVault(organization, name, null, null, null, "wait=30", null, null);
    System.out.println("deleted");
  }
}
