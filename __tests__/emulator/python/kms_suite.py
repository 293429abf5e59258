"""google-cloud-kms over REST against the local cloud. It has no environment variable for its address: as an option."""

import os
import unittest
import uuid

import google_crc32c
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, NotFound
from google.cloud import kms
from google.cloud.kms_v1.services.key_management_service.transports import KeyManagementServiceRestTransport
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.oauth2.credentials import Credentials
from google.protobuf import field_mask_pb2

LOCATION = "projects/demo-project/locations/global"


def client_of(token):
    transport = KeyManagementServiceRestTransport(
        host=os.environ["LOCAL_CLOUD_HOST"], url_scheme="http", credentials=Credentials(token)
    )
    return kms.KeyManagementServiceClient(transport=transport)


def crc32c(data):
    return int.from_bytes(google_crc32c.Checksum(data).digest(), "big")


class Kms(unittest.TestCase):
    def setUp(self):
        self.client = client_of(os.environ["OWNER_TOKEN"])
        ring = self.client.create_key_ring(
            request={"parent": LOCATION, "key_ring_id": f"ring-{uuid.uuid4().hex}", "key_ring": {}}
        )
        self.ring = ring.name
        self.key = self.create_key("key").name

    def create_key(self, key_id):
        purpose = kms.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT
        crypto_key = {"purpose": purpose, "labels": {"team": "payments"}}
        return self.client.create_crypto_key(
            request={"parent": self.ring, "crypto_key_id": key_id, "crypto_key": crypto_key}
        )

    def test_ring_and_key(self):
        self.assertEqual(self.client.get_key_ring(request={"name": self.ring}).name, self.ring)
        self.assertIn(self.ring, [ring.name for ring in self.client.list_key_rings(request={"parent": LOCATION})])
        key = self.client.get_crypto_key(request={"name": self.key})
        self.assertEqual(key.primary.state, kms.CryptoKeyVersion.CryptoKeyVersionState.ENABLED)
        self.assertEqual(dict(key.labels), {"team": "payments"})
        self.create_key("second")
        listed = self.client.list_crypto_keys(request={"parent": self.ring, "page_size": 1})
        self.assertEqual([key.name.split("/")[-1] for key in listed], ["key", "second"])
        with self.assertRaises(Conflict):
            self.create_key("key")
        with self.assertRaises(NotFound):
            self.client.get_crypto_key(request={"name": f"{self.ring}/cryptoKeys/none"})

    def test_encrypt_and_decrypt_with_checksums(self):
        plaintext, aad = b"Not-A-Secret", b"gs://bucket/config.enc"
        encrypted = self.client.encrypt(
            request={
                "name": self.key,
                "plaintext": plaintext,
                "plaintext_crc32c": crc32c(plaintext),
                "additional_authenticated_data": aad,
                "additional_authenticated_data_crc32c": crc32c(aad),
            }
        )
        self.assertTrue(encrypted.verified_plaintext_crc32c)
        self.assertTrue(encrypted.verified_additional_authenticated_data_crc32c)
        self.assertEqual(encrypted.name, f"{self.key}/cryptoKeyVersions/1")
        self.assertEqual(encrypted.ciphertext_crc32c, crc32c(encrypted.ciphertext))
        request = {"name": self.key, "ciphertext": encrypted.ciphertext, "additional_authenticated_data": aad}
        decrypted = self.client.decrypt(request={**request, "ciphertext_crc32c": crc32c(encrypted.ciphertext)})
        self.assertEqual(decrypted.plaintext, plaintext)
        self.assertEqual(decrypted.plaintext_crc32c, crc32c(plaintext))
        for wrong in [
            {"ciphertext_crc32c": crc32c(b"other")},
            {"additional_authenticated_data": b"gs://bucket/other.enc"},
            {"ciphertext": encrypted.ciphertext[:-1]},
            {"name": self.create_key("other").name},
        ]:
            with self.assertRaises(BadRequest):
                self.client.decrypt(request={**request, **wrong})

    def test_rotate_and_disable(self):
        first = self.client.encrypt(request={"name": self.key, "plaintext": b"1"})
        version = self.client.create_crypto_key_version(request={"parent": self.key, "crypto_key_version": {}})
        version_id = version.name.split("/")[-1]
        self.client.update_crypto_key_primary_version(
            request={"name": self.key, "crypto_key_version_id": version_id}
        )
        second = self.client.encrypt(request={"name": self.key, "plaintext": b"2"})
        self.assertEqual(second.name, version.name)
        self.assertEqual(self.client.decrypt(request={"name": self.key, "ciphertext": first.ciphertext}).plaintext, b"1")
        disabled = {"name": first.name, "state": kms.CryptoKeyVersion.CryptoKeyVersionState.DISABLED}
        self.client.update_crypto_key_version(
            request={"crypto_key_version": disabled, "update_mask": field_mask_pb2.FieldMask(paths=["state"])}
        )
        with self.assertRaisesRegex(BadRequest, "is not enabled, current state is: DISABLED"):
            self.client.decrypt(request={"name": self.key, "ciphertext": first.ciphertext})
        listed = self.client.list_crypto_key_versions(request={"parent": self.key})
        states = kms.CryptoKeyVersion.CryptoKeyVersionState
        self.assertEqual([item.state for item in listed], [states.DISABLED, states.ENABLED])

    def test_iam(self):
        decrypter = client_of(os.environ["DECRYPTER_TOKEN"])
        ciphertext = self.client.encrypt(request={"name": self.key, "plaintext": b"1"}).ciphertext
        with self.assertRaises(Forbidden) as refused:
            decrypter.decrypt(request={"name": self.key, "ciphertext": ciphertext})
        self.assertIn("cloudkms.cryptoKeyVersions.useToDecrypt", str(refused.exception))
        policy = self.client.get_iam_policy(request=iam_policy_pb2.GetIamPolicyRequest(resource=self.key))
        member = os.environ["DECRYPTER"]
        policy.bindings.append(policy_pb2.Binding(role="roles/cloudkms.cryptoKeyDecrypter", members=[member]))
        self.client.set_iam_policy(request=iam_policy_pb2.SetIamPolicyRequest(resource=self.key, policy=policy))
        self.assertEqual(decrypter.decrypt(request={"name": self.key, "ciphertext": ciphertext}).plaintext, b"1")
        with self.assertRaises(Forbidden):
            decrypter.encrypt(request={"name": self.key, "plaintext": b"2"})
        held = decrypter.test_iam_permissions(
            request=iam_policy_pb2.TestIamPermissionsRequest(
                resource=self.key,
                permissions=["cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.cryptoKeyVersions.useToEncrypt"],
            )
        )
        self.assertEqual(list(held.permissions), ["cloudkms.cryptoKeyVersions.useToDecrypt"])


if __name__ == "__main__":
    unittest.main()
