"""
What the article's sample does at every request, in its order and with its libraries (its Flask page aside): get the
bucket, get the object, download it, decrypt it through the discovery client, all as the service account that the
metadata server names. It knows BUCKET_NAME and KMS_KEY_ID, and nothing of a local cloud.
"""

import base64
import json
import os

import google.auth
import googleapiclient.discovery
from google.cloud import storage

BUCKET_NAME = os.environ["BUCKET_NAME"]
KMS_KEY_ID = os.environ["KMS_KEY_ID"]
OBJECT_NAME = "config.enc"


def read_object():
    client = storage.Client()
    bucket = client.get_bucket(BUCKET_NAME)
    blob = bucket.get_blob(OBJECT_NAME)
    return blob.download_as_string()


def decrypt(ciphertext):
    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    kms_client = googleapiclient.discovery.build("cloudkms", "v1", credentials=credentials)
    crypto_keys = kms_client.projects().locations().keyRings().cryptoKeys()
    body = {"ciphertext": base64.b64encode(ciphertext).decode("utf-8")}
    response = crypto_keys.decrypt(name=KMS_KEY_ID, body=body).execute()
    return base64.b64decode(response["plaintext"].encode("utf-8"))


print(json.dumps(json.loads(decrypt(read_object()))))
