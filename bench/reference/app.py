"""
The article's sample, as it describes it: a Flask app on Flask's own debug server that at every request gets the bucket,
gets the object, downloads it, decrypts it through the discovery client, logs the values and shows them; when that
fails it shows `not_defined` with 200. One thing is added, KMS_ENDPOINT, because the discovery client has no setting of
its own for Google's address; the storage client has, API_ENDPOINT_OVERRIDE. Both are plain HTTP here, which spares the
sample the TLS that it pays for in reality.
"""

import base64
import json
import logging
import os

import google.auth
import googleapiclient.discovery
from flask import Flask, render_template_string
from google.cloud import storage

BUCKET_NAME = os.environ["BUCKET_NAME"]
KMS_KEY_ID = os.environ["KMS_KEY_ID"]
OBJECT_NAME = "config.enc"
NAMES = ["DB_HOST", "DB_PORT", "DB_USER", "DB_PASS"]
PAGE = """<!doctype html>
<title>Cloud Run Identity</title>
<h1>Cloud Run Identity</h1>
<table>{% for name, value in values.items() %}<tr><th>{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>
"""

app = Flask(__name__)


def read_object():
    client = storage.Client()
    bucket = client.get_bucket(BUCKET_NAME)
    blob = bucket.get_blob(OBJECT_NAME)
    return blob.download_as_bytes()


def decrypt(ciphertext):
    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    options = {"api_endpoint": os.environ["KMS_ENDPOINT"]}
    kms_client = googleapiclient.discovery.build("cloudkms", "v1", credentials=credentials, client_options=options)
    crypto_keys = kms_client.projects().locations().keyRings().cryptoKeys()
    body = {"ciphertext": base64.b64encode(ciphertext).decode("utf-8")}
    response = crypto_keys.decrypt(name=KMS_KEY_ID, body=body).execute()
    return base64.b64decode(response["plaintext"].encode("utf-8"))


@app.route("/")
def home():
    values = dict.fromkeys(NAMES, "not_defined")
    try:
        config = json.loads(decrypt(read_object()))
        values = {name: config.get(name, "not_defined") for name in NAMES}
        for name, value in values.items():
            logging.info("%s: %s", name, value)
    except Exception:
        logging.exception("The config could not be loaded")
    return render_template_string(PAGE, values=values)


if __name__ == "__main__":
    app.run(debug=True, host="127.0.0.1", port=int(os.environ.get("PORT", 8080)))
