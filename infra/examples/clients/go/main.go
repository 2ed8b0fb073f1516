// Creates a vault, waits until it is ready, finds it in a list, changes it, reads the errors of a refused change, and deletes it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	kaphera "kaphera"
)

func main() {
	url, token, organization, name := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	configuration := kaphera.NewConfiguration()
	configuration.Servers = kaphera.ServerConfigurations{{URL: url}}
	configuration.AddDefaultHeader("Authorization", "Bearer "+token)
	vaults := kaphera.NewAPIClient(configuration).VaultsAPI
	ctx := context.Background()

	manifest := kaphera.VaultManifest{
		Metadata: &kaphera.ManifestMeta{Name: &name},
		Spec:     kaphera.VaultSpec{Mode: "Managed"},
	}
	created, _, err := vaults.CreateVault(ctx, organization).VaultManifest(manifest).Prefer("wait=30").Execute()
	if err != nil {
		log.Fatal(err)
	}
	state := "not ready"
	if created.Vault.GetReady() {
		state = "ready"
	}
	fmt.Println("created", created.Vault.Metadata.GetName(), state)

	listed, _, err := vaults.ListVaults(ctx, organization).FieldSelector("metadata.name=" + name).Execute()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listed", listed.VaultList.Items[0].Metadata.GetName())

	patch := func(body map[string]any) (*kaphera.CreateVault200Response, error) {
		patched, _, err := vaults.PatchVault(ctx, organization, name).RequestBody(body).Execute()
		return patched, err
	}
	patched, err := patch(map[string]any{"metadata": map[string]any{"labels": map[string]string{"team": "logistics"}}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("patched", patched.Vault.Metadata.Labels["team"])

	_, err = patch(map[string]any{"spec": map[string]any{"managed": map[string]any{"replicas": 2}}})
	var refused *kaphera.GenericOpenAPIError
	if !errors.As(err, &refused) {
		log.Fatal("a vault with two replicas was not refused: ", err)
	}
	problem := refused.Model().(kaphera.Problem)
	fmt.Println("refused", problem.Code, problem.Errors[0].Pointer)

	if _, _, err := vaults.DeleteVault(ctx, organization, name).Prefer("wait=30").Execute(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("deleted")
}
