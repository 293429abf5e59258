"""google-cloud-storage against the local cloud, found and signed in by STORAGE_EMULATOR_HOST alone."""

import base64
import hashlib
import os
import unittest
import uuid

from google.api_core.exceptions import Forbidden, NotFound, PreconditionFailed
from google.cloud import storage

PROJECT = "demo-project"
MIB = 1024 * 1024


class Storage(unittest.TestCase):
    def setUp(self):
        # No credentials: the address says whose the requests are, as the library sends no token to an emulator.
        self.client = storage.Client(project=PROJECT)
        self.bucket = self.client.bucket(f"python-{uuid.uuid4().hex[:12]}")
        self.bucket.iam_configuration.uniform_bucket_level_access_enabled = True
        self.bucket.iam_configuration.public_access_prevention = "enforced"
        self.bucket.versioning_enabled = True
        self.bucket.create(location="us-central1")

    def test_bucket(self):
        found = self.client.get_bucket(self.bucket.name)
        self.assertEqual(found.location, "US-CENTRAL1")
        self.assertTrue(found.versioning_enabled)
        self.assertTrue(found.iam_configuration.uniform_bucket_level_access_enabled)
        found.labels = {"team": "payments"}
        found.patch()
        self.assertEqual(self.client.get_bucket(found.name).labels, {"team": "payments"})
        self.assertIn(found.name, [bucket.name for bucket in self.client.list_buckets()])
        found.delete()
        with self.assertRaises(NotFound):
            self.client.get_bucket(found.name)

    def test_multipart_upload_and_download(self):
        blob = self.bucket.blob("a folder/config.enc")
        blob.metadata = {"kms-key-version": "projects/p/locations/global"}
        blob.upload_from_string(b"\r\n--\x00\xff", content_type="application/octet-stream", checksum="crc32c")
        self.assertEqual(blob.download_as_bytes(checksum="crc32c"), b"\r\n--\x00\xff")
        self.assertEqual(blob.download_as_bytes(start=1, end=2), b"\n-")
        found = self.bucket.get_blob("a folder/config.enc")
        self.assertEqual(found.metadata, blob.metadata)
        self.assertEqual(found.generation, blob.generation)

    def test_resumable_upload(self):
        content = os.urandom(9 * MIB)
        blob = self.bucket.blob("large")
        blob.chunk_size = 2 * MIB
        blob.upload_from_string(content, checksum="crc32c")
        self.assertEqual(blob.size, len(content))
        self.assertEqual(base64.b64decode(blob.md5_hash), hashlib.md5(content).digest())
        self.assertEqual(self.bucket.blob("large", chunk_size=MIB).download_as_bytes(), content)

    def test_generation_preconditions(self):
        blob = self.bucket.blob("config.enc")
        blob.upload_from_string(b"1", if_generation_match=0)
        with self.assertRaises(PreconditionFailed):
            self.bucket.blob("config.enc").upload_from_string(b"2", if_generation_match=0)
        first = blob.generation
        self.bucket.blob("config.enc").upload_from_string(b"2", if_generation_match=first)
        with self.assertRaises(PreconditionFailed):
            self.bucket.blob("config.enc").delete(if_generation_match=first)
        self.assertEqual(self.bucket.blob("config.enc", generation=first).download_as_bytes(), b"1")
        self.assertEqual(self.bucket.blob("config.enc").download_as_bytes(), b"2")

    def test_list(self):
        for name in ["a", "dir/1", "dir/2", "dir/sub/3", "z"]:
            self.bucket.blob(name).upload_from_string(name)
        listed = self.client.list_blobs(self.bucket, prefix="dir/", page_size=2)
        self.assertEqual([blob.name for blob in listed], ["dir/1", "dir/2", "dir/sub/3"])
        folder = self.client.list_blobs(self.bucket, delimiter="/")
        self.assertEqual([blob.name for blob in folder], ["a", "z"])
        self.assertEqual(folder.prefixes, {"dir/"})
        names = self.client.list_blobs(self.bucket, fields="items(name),nextPageToken", page_size=1)
        self.assertEqual([(blob.name, blob.size) for blob in names][:2], [("a", None), ("dir/1", None)])

    def test_metadata(self):
        blob = self.bucket.blob("config.enc")
        blob.upload_from_string(b"1")
        blob.metadata = {"rotated-by": "an operator"}
        blob.cache_control = "no-store"
        blob.patch(if_metageneration_match=blob.metageneration)
        found = self.bucket.get_blob("config.enc")
        self.assertEqual((found.metadata, found.cache_control), ({"rotated-by": "an operator"}, "no-store"))

    def test_rewrite(self):
        source = self.bucket.blob("config.enc")
        source.metadata = {"kept": "yes"}
        source.upload_from_string(b"secret")
        target = self.bucket.blob("copy.enc")
        token, rewritten, total = target.rewrite(source)
        self.assertEqual((token, rewritten, total), (None, 6, 6))
        copied = self.bucket.copy_blob(source, self.bucket, "other.enc")
        self.assertEqual(copied.download_as_bytes(), b"secret")
        self.assertEqual(self.bucket.get_blob("copy.enc").metadata, {"kept": "yes"})

    def test_policy_with_condition(self):
        policy = self.bucket.get_iam_policy(requested_policy_version=3)
        policy.version = 3
        condition = {
            "title": "one object",
            "expression": f"resource.name == 'projects/_/buckets/{self.bucket.name}/objects/config.enc'",
        }
        binding = {"role": "roles/storage.objectViewer", "members": {"user:reader@example.com"}, "condition": condition}
        policy.bindings.append(binding)
        self.bucket.set_iam_policy(policy)
        found = self.bucket.get_iam_policy(requested_policy_version=3)
        self.assertEqual(found.version, 3)
        self.assertEqual([b["condition"] for b in found.bindings if "condition" in b], [condition])
        permissions = ["storage.buckets.get", "storage.objects.create"]
        self.assertEqual(self.bucket.test_iam_permissions(permissions), permissions)
        self.bucket.set_iam_policy(policy := self.bucket.get_iam_policy(requested_policy_version=3))
        self.assertTrue(policy.etag)

    def test_reader_of_one_object(self):
        self.bucket.blob("config.enc").upload_from_string(b"secret")
        self.bucket.blob("other.enc").upload_from_string(b"other")
        self.test_policy_with_condition()
        os.environ["STORAGE_EMULATOR_HOST"], owner = os.environ["READER_HOST"], os.environ["STORAGE_EMULATOR_HOST"]
        try:
            bucket = storage.Client(project=PROJECT).bucket(self.bucket.name)
        finally:
            os.environ["STORAGE_EMULATOR_HOST"] = owner
        self.assertEqual(bucket.blob("config.enc").download_as_bytes(), b"secret")
        self.assertEqual(bucket.test_iam_permissions(["storage.buckets.get", "storage.objects.create"]), [])
        for refused in [
            lambda: bucket.blob("other.enc").download_as_bytes(),
            lambda: list(bucket.list_blobs()),
            lambda: bucket.reload(),
            lambda: bucket.blob("config.enc").upload_from_string(b"mine"),
            lambda: bucket.blob("config.enc").delete(),
        ]:
            self.assertRaises(Forbidden, refused)


if __name__ == "__main__":
    unittest.main()
